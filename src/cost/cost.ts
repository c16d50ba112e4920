import {
  DURATION_OF_A_DAY,
  type Metered,
  PAID_PLAN_DOLLARS,
  PRICES,
  PRICES_AS_OF,
  type Price,
} from "./prices.ts";

/** What a gateway uses, as `operations` of `GET /_tidemark/stats` counts it. */
export type Usage = Readonly<Record<Exclude<Metered, "keeperDuration">, number>>;

export interface Cost {
  readonly lines: readonly CostLine[];
  /**
   * US dollars for this day's operations at the price of each further one, as if nothing were included. It says what
   * costs most, even while the plan covers it all.
   */
  readonly dollarsPerDay: number;
  /** US dollars for 30 such days on the Paid plan: the plan, and what goes beyond what it includes. */
  readonly dollarsPerMonth: number;
  /** Whether such a day stays within the Free plan. */
  readonly fitsFree: boolean;
  /** What the Free plan runs out of first. */
  readonly scarcest: Metered;
  /** ISO date of the prices. */
  readonly asOf: string;
}

export interface CostLine extends Price {
  readonly meter: Metered;
  readonly perDay: number;
  /** Of the Free plan's limit. 1: all of it; above 1, operations fail. */
  readonly ofFree: number;
  /** As in `Cost`, for this line. */
  readonly dollarsPerDay: number;
  /** US dollars a month beyond what the Paid plan includes. */
  readonly dollarsPerMonth: number;
}

const DAY_MS = 86_400_000;
const DAYS_OF_A_MONTH = 30;

/**
 * What such a day costs. Not counted, because a gateway cannot see it: processor time (30 million ms a month are included,
 * then $0.02 a million), stored data (1 GB of KV and 5 GB of the object are included), logs, and other Workers of the
 * account, which share its allowances. The keeper's duration is the most it can be: awake all day.
 *
 * @param usage operations of one day: see `perDay`
 */
export function costOf(usage: Usage): Cost {
  const perDay: Record<Metered, number> = { ...usage, keeperDuration: DURATION_OF_A_DAY };
  const lines = METERS.map((meter) => lineOf(meter, perDay[meter]));
  const sum = (field: "dollarsPerDay" | "dollarsPerMonth") =>
    lines.reduce((total, line) => total + line[field], 0);
  const [first] = lines.toSorted((a, b) => b.ofFree - a.ofFree);
  return {
    lines,
    dollarsPerDay: sum("dollarsPerDay"),
    dollarsPerMonth: PAID_PLAN_DOLLARS + sum("dollarsPerMonth"),
    fitsFree: lines.every(({ ofFree }) => ofFree <= 1),
    scarcest: first?.meter ?? "workerRequests",
    asOf: PRICES_AS_OF,
  };
}

/** Counted for less, in milliseconds, the start alone is in it, and nothing is to be said of a day. */
export const LEAST_COUNTED_MS = 5 * 60_000;

/** What a gateway tells of itself: a part of `GET /_tidemark/stats`. */
export interface Counted {
  readonly operations: Usage;
  /** Gateways tell it from some version on. */
  readonly kvBudget?: { readonly perDay: number } | undefined;
}

/**
 * What a day costs at the pace of these counters.
 *
 * @param elapsedMs how long they have counted
 * @throws RangeError when no time has passed
 */
export function costAtPace({ operations, kvBudget }: Counted, elapsedMs: number): Cost {
  return costOf(perDay(operations, elapsedMs, kvBudget?.perDay));
}

/**
 * Operations of a day at this pace.
 *
 * @param counted operations since `elapsedMs` ago
 * @param kvWritesPerDay the keeper's budget: however fast it began, no day has more
 * @throws RangeError when no time has passed, as nothing can be said of a day then
 */
export function perDay(
  counted: Usage,
  elapsedMs: number,
  kvWritesPerDay: number = Number.POSITIVE_INFINITY,
): Usage {
  if (!(elapsedMs > 0)) throw new RangeError("elapsedMs must be above 0");
  const scaled = (meter: keyof Usage) => (counted[meter] * DAY_MS) / elapsedMs;
  return {
    workerRequests: scaled("workerRequests"),
    keeperCalls: scaled("keeperCalls"),
    rowsRead: scaled("rowsRead"),
    rowsWritten: scaled("rowsWritten"),
    kvReads: scaled("kvReads"),
    kvWrites: Math.min(scaled("kvWrites"), kvWritesPerDay),
  };
}

const METERS = Object.keys(PRICES) as Metered[];

function lineOf(meter: Metered, perDay: number): CostLine {
  const price = PRICES[meter];
  const dollars = (amount: number) => (amount * price.dollarsPerMillion) / 1_000_000;
  return {
    meter,
    ...price,
    perDay,
    ofFree: perDay / price.freePerDay,
    dollarsPerDay: dollars(perDay),
    dollarsPerMonth: dollars(Math.max(0, perDay * DAYS_OF_A_MONTH - price.includedPerMonth)),
  };
}
