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
  /** Which of them each change brought in: those from one place in their order to another. Only changes that did. */
  readonly brought: readonly Brought[];
  /** Relations whose keys are all among them. */
  readonly raised: readonly string[];
  /** The steps ran out before every key was judged. */
  readonly isCoarse: boolean;
  /** How many steps it took. */
  readonly steps: number;
}

/** A change, and the keys among the affected ones that none before it affects. */
export interface Brought {
  readonly change: Change;
  readonly from: number;
  readonly to: number;
  /** Whether they were judged one by one (*row*), or not (*coarse*), or their whole relation has changed (*table*). */
  readonly rule: "row" | "coarse" | "table";
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
  /** By relation, the change for which all of its keys are affected. */
  const raised = new Map<string, Change>();
  for (const change of changes) if (change.kind === "flush") raised.set(change.relation, change);
  const brought: Brought[] = [];
  const note = (change: Change, from: number, rule: Brought["rule"]) => {
    if (ids.size > from) brought.push({ change, from, to: ids.size, rule });
  };
  for (const change of changes) {
    if (change.kind === "flush" || raised.has(change.relation)) continue;
    const from = ids.size;
    if (!judging.meter.isSpent) index.affected(change, judging, ids);
    if (judging.meter.isSpent) {
      if (!finding.meter.isSpent) index.concerned(change, finding, ids, taken);
      if (finding.meter.isSpent) raised.set(change.relation, change);
    }
    note(change, from, judging.meter.isSpent ? "coarse" : "row");
  }
  for (const [relation, change] of raised) {
    const from = ids.size;
    index.affected({ kind: "flush", relation }, finding, ids);
    note(change, from, change.kind === "flush" ? "table" : "coarse");
  }
  const spent = judging.meter.spent + finding.meter.spent;
  return { ids, raised: [...raised.keys()], brought, isCoarse: judging.meter.isSpent, steps: spent };
}
