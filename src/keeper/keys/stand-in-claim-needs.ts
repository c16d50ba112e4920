import type { ClaimPath, Reader } from "../../postgrest/claims/claims.ts";
import type { Declared, FootprintResult } from "../../postgrest/footprint/footprint.ts";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import type { Query } from "../../postgrest/query/query.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";

// STAND-IN until src/postgrest is merged: `claimNeeds` and `footprintOf(…, reader)` come from there. It fails closed: where
// anything that may be read reads a claim, the needs are unknown, so `reader` never matters.

export type StandInNeeds =
  | { readonly kind: "known"; readonly paths: readonly ClaimPath[] }
  | { readonly kind: "unknown"; readonly because: string };

export function claimNeeds(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema,
  _declaredClaims: ReadonlyMap<string, readonly ClaimPath[]>,
): StandInNeeds {
  const result = footprintOf(read, query, declared, schema);
  if ("bypass" in result) return { kind: "known", paths: [] };
  for (const relation of result.footprint.relations) {
    const description = schema.get(relation);
    const computed = [...(description?.computed.values() ?? [])].map(({ reads }) => reads);
    for (const reads of [description?.reads, ...computed])
      for (const { culprit } of reads?.claims ?? []) return { kind: "unknown", because: culprit };
  }
  return { kind: "known", paths: [] };
}

export function footprintOfReader(
  read: Read,
  query: Query,
  declared: Declared,
  schema: Schema | undefined,
  _reader: Reader | undefined,
): FootprintResult {
  return footprintOf(read, query, declared, schema);
}
