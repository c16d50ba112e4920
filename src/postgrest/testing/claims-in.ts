// For tests of readers who sign in.

import type { Claims } from "../claims/claims.ts";
import { pathText } from "../claims/claims.ts";

/** The claims of a token by the paths that were asked for, as the database tells them. */
export function claimsIn(token: object, paths: readonly (readonly string[])[]): Claims {
  const at = (path: readonly string[]) =>
    path.reduce<unknown>(
      (value, step) => (value as Record<string, unknown> | null | undefined)?.[step],
      token,
    );
  return new Map(
    paths.map((path) => {
      const value = at(path);
      return [pathText(path), value === undefined ? null : JSON.stringify(value)];
    }),
  );
}
