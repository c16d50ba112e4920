import { isRole } from "../../postgrest/claims/audience-text.ts";
import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { inWords, verdictOn } from "../../postgrest/verdict/verdict.ts";
import type { FootprintSource } from "../ports/ports.ts";
import type { Explanation } from "../protocol/admin.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { audienceIn } from "../protocol/names.ts";
import type { Registry } from "./registry.ts";

interface KnownFacts {
  readonly audiences: { haveDiffered(read: Read, role: string): boolean };
  readonly registry: Pick<Registry, "get" | "windowOf" | "fittingOf">;
  readonly footprints: Pick<FootprintSource, "of" | "needs" | "called">;
  readonly schemaKnown: boolean;
  readonly byAgeForMs: number;
}

/** What a read depends on, as it is or would be registered, and what a change would do to its answer. */
export function explanationOf(read: CacheableRead, change: Change | null, known: KnownFacts): Explanation {
  const { audiences, registry, footprints, schemaKnown, byAgeForMs } = known;
  const role = read.audience === "signed-in" ? decodeURIComponent(audienceIn(read.key)) : null;
  const needs = role === null ? null : footprints.needs(read.asked, role);
  if (needs !== null && "bypass" in needs)
    return { kind: "bypass", reason: needs.bypass, audience: needs.because ?? null };
  if (role !== null && audiences.haveDiffered(read.asked, role))
    return { kind: "bypass", reason: "audience-unknown", audience: READERS_DIFFERED };
  const record = registry.get(read.key);
  // Of nobody in particular: what depends on a claim is not known.
  const nobody = role === null ? null : { role, claims: new Map() };
  const result = record ?? footprints.of(read.asked, nobody);
  const audience = role === null || needs === null ? null : sharedBy(role, needs.paths);
  if ("bypass" in result) return { kind: "bypass", reason: result.bypass, audience };
  const fitting = record ?? registry.fittingOf(read, result.footprint);
  if (fitting === undefined) return { kind: "bypass", reason: "key-too-large", audience };
  const { footprint } = fitting;
  const window = record && registry.windowOf(record);
  const verdict = change && verdictOn(footprint, change, window);
  return {
    kind: "read",
    audience,
    relations: footprint.relations,
    caveats: footprint.caveats,
    called: footprints.called(read.asked),
    registered: record !== undefined,
    windowKnown: window !== undefined,
    ...{ schemaKnown, byAgeForMs },
    verdict: verdict && { ...verdict, because: inWords(verdict, change) },
  };
}

const READERS_DIFFERED =
  "readers who were taken to get the same answers of these relations got different ones, so until the schema changes nobody shares them";

/** Who of those who sign in share an answer, in words. */
function sharedBy(role: string, paths: readonly ClaimPath[]): string {
  const claims = paths.filter((path) => !isRole(path)).map((path) => path.join("."));
  if (claims.length === 0) return `shared by all with role ${role}`;
  return `shared by those with role ${role} who have the same ${claims.join(", ")}`;
}
