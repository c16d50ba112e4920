import { userId } from "./rows.ts";

/** Somebody who signs in, as far as their token tells. A refreshed token tells the same. */
export interface Person {
  readonly role: "authenticated" | "editor";
  readonly user: number;
  readonly team: number;
}

/** Each two of the first three differ in one claim: who it is, or the team that an administrator has put there. */
export const PEOPLE: readonly Person[] = [
  { role: "authenticated", user: 1, team: 1 },
  { role: "authenticated", user: 2, team: 1 },
  { role: "authenticated", user: 1, team: 2 },
  { role: "editor", user: 2, team: 2 },
];

/** The roles that their tokens name. */
export const ROLES = ["authenticated", "editor"] as const;

/** The claims of a person's token. */
export function claimsOf({ role, user, team }: Person, exp: number): object {
  return { app_metadata: { team }, exp, role, sub: userId(user) };
}

/** The claim's JSON text, as `(request.jwt.claims)::json #> path` prints it; null: it is missing. */
export function claimText(claims: object, path: readonly string[]): string | null {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !(name in value)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return JSON.stringify(value);
}
