import { hash32 } from "../../runtime/hash.ts";
import type { ResolvedConfig } from "./config.ts";

/** Does not depend on the order in which things are written, and covers nothing secret. */
export function hashOf(
  shaping: Pick<
    ResolvedConfig,
    | "origin"
    | "restPath"
    | "anonRole"
    | "keys"
    | "audiences"
    | "defaultSchema"
    | "schemas"
    | "tables"
    | "functions"
    | "headers"
  > & { readonly keeperName: string },
): string {
  const text = JSON.stringify([
    shaping.origin,
    shaping.restPath,
    shaping.anonRole,
    shaping.keys.publishable,
    shaping.keys.legacyAnon,
    shaping.keys.shownAs,
    shaping.audiences.roles,
    shaping.audiences.recheckMs,
    shaping.audiences.staleIfError,
    [...shaping.audiences.claims].map(([name, paths]) => JSON.stringify([name, paths])).sort(),
    shaping.defaultSchema,
    [...shaping.schemas].sort(),
    [...shaping.tables.values()]
      .map(({ relation, freshnessMs, ttlMs, staleIfErrorMs, audience, dependsOn }) =>
        JSON.stringify([
          relation,
          freshnessMs,
          ttlMs,
          staleIfErrorMs,
          audience,
          dependsOn && [...dependsOn].sort(),
        ]),
      )
      .sort(),
    [...shaping.functions.values()]
      .map((each) =>
        JSON.stringify([
          ...[each.relation, each.freshnessMs, each.ttlMs, each.staleIfErrorMs],
          each.dependsOn && [...each.dependsOn].sort(),
          [...each.rows].sort(),
        ]),
      )
      .sort(),
    [...shaping.headers.ignore].sort(),
    [...shaping.headers.key].sort(),
    [...shaping.headers.response].sort(),
    // A mirror of one keeper would tell another one's isolates nothing of their purges and modes (M2).
    shaping.keeperName,
  ]);
  return [hash32(text), hash32(text, 0x9e3779b9)].map((half) => half.toString(16).padStart(8, "0")).join("");
}
