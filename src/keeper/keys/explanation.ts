import type { Change } from "../../postgrest/row/change.ts";
import { inWords, verdictOn } from "../../postgrest/verdict/verdict.ts";
import type { FootprintSource } from "../ports/ports.ts";
import type { Explanation } from "../protocol/admin.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import type { Registry } from "./registry.ts";

interface KnownFacts {
  readonly registry: Pick<Registry, "get" | "windowOf" | "fittingOf">;
  readonly footprints: Pick<FootprintSource, "of">;
  readonly schemaKnown: boolean;
  readonly byAgeForMs: number;
}

/** What a read depends on, as it is or would be registered, and what a change would do to its answer. */
export function explanationOf(read: CacheableRead, change: Change | null, known: KnownFacts): Explanation {
  const { registry, footprints, schemaKnown, byAgeForMs } = known;
  const record = registry.get(read.key);
  const result = record ?? footprints.of(read.asked);
  if ("bypass" in result) return { kind: "bypass", reason: result.bypass, audience: null };
  const fitting = record ?? registry.fittingOf(read, result.footprint);
  if (fitting === undefined) return { kind: "bypass", reason: "key-too-large", audience: null };
  const { footprint } = fitting;
  const window = record && registry.windowOf(record);
  const verdict = change && verdictOn(footprint, change, window);
  return {
    kind: "read",
    audience: null,
    relations: footprint.relations,
    caveats: footprint.caveats,
    registered: record !== undefined,
    windowKnown: window !== undefined,
    ...{ schemaKnown, byAgeForMs },
    verdict: verdict && { ...verdict, because: inWords(verdict, change) },
  };
}
