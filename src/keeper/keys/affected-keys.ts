import type { FootprintIndex } from "../../postgrest/index/footprint-index.ts";
import type { IndexBucket } from "../../postgrest/index/index-bucket.ts";
import { Meter } from "../../postgrest/predicate/meter.ts";
import { Work } from "../../postgrest/predicate/work.ts";
import type { Change } from "../../postgrest/row/change.ts";

/**
 * What judging a batch may take, in steps of about 15 to 55 ns (`Meter`): a fixed part, and more for each of the first
 * changes. Past the limit no key is judged, only looked up, because the object serves everyone on one thread. The worst
 * page of 500 changes that `bench/questions/worst` found took 105 ms.
 */
export const INGEST_STEPS = 1_000_000;
export const INGEST_STEPS_PER_CHANGE = 6_000;
const INGEST_CHANGES = 500;

export interface AffectedKeys {
  readonly ids: ReadonlySet<number>;
  /** Relations whose keys are all among them. */
  readonly raised: readonly string[];
  /** The steps ran out before every key was judged. */
  readonly isCoarse: boolean;
  /** How many steps it took. */
  readonly steps: number;
}

/** How many steps an ingest of this many changes may take. */
export function stepsFor(changes: number): number {
  return INGEST_STEPS + INGEST_STEPS_PER_CHANGE * Math.min(changes, INGEST_CHANGES);
}

/**
 * The keys whose answers the changes may alter, found within a budget of steps. When judging has used it up, every key
 * that a change may concern counts as affected; when even finding those has used it up, every key of the relation does.
 */
export function affectedKeys(
  index: Pick<FootprintIndex, "affected" | "concerned">,
  changes: readonly Change[],
  steps: number,
): AffectedKeys {
  const judging = new Work(new Meter({ steps }));
  const finding = new Work(new Meter({ steps }));
  const taken = new Set<IndexBucket>();
  const ids = new Set<number>();
  const raised = new Set(changes.filter(({ kind }) => kind === "flush").map(({ relation }) => relation));
  for (const change of changes) {
    if (change.kind === "flush" || raised.has(change.relation)) continue;
    if (!judging.meter.isSpent) index.affected(change, judging, ids);
    if (!judging.meter.isSpent) continue;
    if (!finding.meter.isSpent) index.concerned(change, finding, ids, taken);
    if (finding.meter.isSpent) raised.add(change.relation);
  }
  for (const relation of raised) index.affected({ kind: "flush", relation }, finding, ids);
  const spent = judging.meter.spent + finding.meter.spent;
  return { ids, raised: [...raised], isCoarse: judging.meter.isSpent, steps: spent };
}
