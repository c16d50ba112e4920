import { median, quantile } from "../../harness/quantile.ts";
import type { Verdict } from "../../harness/verdicts.ts";
import type { Phase, Round } from "./run.ts";
import { heapBytes } from "./site/heap.ts";
import { total } from "./site/origin-counts.ts";

export interface Target extends Verdict {
  /** Not a time: it must hold on a busy machine, too. */
  readonly isCount: boolean;
}

const P99_RATIO = 2;
const KEEPER_MEBIBYTES = 64;
/** Out of 900 a day: what hostile clients may cause on top of what honest ones need. */
const KV_WRITES = 90;
/** Relative to the same honest work in a calm phase; each hostile read may add one operation. */
const OPERATIONS_RATIO = 2;

const MEBIBYTE = 2 ** 20;

/** For each promise of the siege, whether all rounds kept it. */
export function targetsOf(rounds: readonly Round[]): readonly Target[] {
  const ratio = median(rounds.map(({ calm, siege }) => p99(siege) / p99(calm)));
  const straight = median(rounds.map(({ calm, siege }) => straightP99(siege) / straightP99(calm)));
  const heap = Math.max(...rounds.map(({ siege }) => keeperMebibytes(siege) ?? Number.POSITIVE_INFINITY));
  const errors = sum(rounds, ({ siege }) => siege.bystanders.errors);
  const wrong = sum(
    rounds.flatMap(({ calm, siege }) => [calm, siege]),
    ({ bystanders: { wrong, stale } }) => wrong + stale,
  );
  const hostile = sum(rounds, ({ siege }) => sum(siege.attacks, ({ ownErrors }) => ownErrors));
  const bypassed = sum(rounds, ({ siege }) => overBudget(siege));
  const puts = Math.max(...rounds.map(kvWritesOfSiege));
  const operations = Math.max(...rounds.map(operationsOverAllowed));
  return [
    {
      what: "bystanders' p99, siege ÷ calm (median of the rounds)",
      // Any reader may keep a database busy; if it is slow itself, a cache is no faster on a miss.
      figure: `${ratio.toFixed(1)} (straight to the database ${straight.toFixed(1)})`,
      target: `≤ ${P99_RATIO}`,
      met: ratio <= P99_RATIO,
      isCount: false,
    },
    atMost("keeper's heap after the siege, MiB", heap, KEEPER_MEBIBYTES, 1),
    atMost("errors of bystanders that the database would not have given", errors, 0),
    atMost("wrong rows, and answers older than the bound", wrong, 0),
    atMost("hostile reads that Tidemark itself answered with an error", hostile, 0),
    atMost("bystanders' reads refused for a budget", bypassed, 0),
    atMost("KV writes of a siege beyond its calm phase's, of 900 a day", puts, KV_WRITES),
    atMost("database operations ÷ what the same reads may cost without Tidemark", operations, 1, 2),
  ];
}

function atMost(what: string, value: number, limit: number, digits = 0): Target {
  const figure = Number.isFinite(value) ? value.toFixed(digits) : "unknown";
  return { what, figure, target: limit === 0 ? "0" : `≤ ${limit}`, met: value <= limit, isCount: true };
}

/** How much the calm phases differ among themselves; 1 means not at all. */
export function noise(rounds: readonly Round[]): number {
  const calm = rounds.map(({ calm }) => p99(calm));
  return Math.max(...calm) / Math.min(...calm);
}

export const p50 = (phase: Phase) => quantile(phase.bystanders.latenciesMs, 0.5);
export const p99 = (phase: Phase) => quantile(phase.bystanders.latenciesMs, 0.99);
/** `Infinity`: the database did not answer. */
export const straightP99 = (phase: Phase) => quantile(phase.bystanders.straightMs, 0.99);

/** Null: the keeper did not answer the inspector. */
export function keeperMebibytes({ memory }: Phase): number | null {
  const { heap } = memory.keeper;
  return heap && heapBytes(heap) / MEBIBYTE;
}

/** The largest of all isolates. Null: one did not answer. */
export function isolateMebibytes({ memory }: Phase): number | null {
  const heaps = memory.isolates.map(({ heap }) => heap);
  return heaps.includes(null)
    ? null
    : Math.max(...heaps.map((heap) => (heap ? heapBytes(heap) : 0))) / MEBIBYTE;
}

function overBudget({ bystanders }: Phase): number {
  return Object.entries(bystanders.outcomes).reduce(
    (sum, [outcome, times]) => sum + (outcome.includes("bypass budget") ? times : 0),
    0,
  );
}

/** `Infinity`: the keeper did not say. */
function kvWritesOfSiege({ calm, siege }: Round): number {
  if (calm.keeper === null || siege.keeper === null) return Number.POSITIVE_INFINITY;
  return siege.keeper.kvWrites - calm.keeper.kvWrites;
}

/** Above 1, hostile clients made the database work more than direct requests of theirs would. */
function operationsOverAllowed({ calm, siege }: Round): number {
  const hostile = sum(siege.attacks, ({ sent }) => sent);
  return total(siege.operations) / (hostile + OPERATIONS_RATIO * total(calm.operations));
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
