import type { TableStats } from "../protocol/detailed-statistics.ts";
import { countIn } from "../protocol/durations.ts";
import { COUNTED_BESIDES, OTHER_TABLES } from "../protocol/read-ends.ts";

/** Ends beyond those that are counted. */
const OTHER = "other";

/** Tables beyond this many are counted together: each brings some dozens of numbers, and of time series elsewhere. */
export const TABLES_COUNTED = 250;

/** Far more than there are ends. What an isolate of another version reports beyond it is counted together. */
export const ENDS_COUNTED = 100;

/** How a read may end, as isolates report it: `hit:memory`, `bypass:cookie`. */
const END = /^(?:hit|stale|miss|error|bypass):[a-z0-9-]{1,40}$/;

/** What isolates count besides, and the answers that the keeper has invalidated. */
type Besides = (typeof COUNTED_BESIDES)[number] | "invalidated";
const BESIDES: ReadonlySet<string> = new Set<Besides>([...COUNTED_BESIDES, "invalidated"]);

export type StoredEnds = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** How reads ended, by table. Whatever is reported, the numbers of tables and of ends are bounded (I11). */
export class ReadEnds {
  readonly #configured: ReadonlySet<string>;
  readonly #tables = new Map<string, Map<string, number>>();
  readonly #ends = new Set<string>();

  /** @param configured the tables that have a name of their own here, `schema.table` */
  constructor(configured: Iterable<string>, stored: StoredEnds = {}) {
    this.#configured = new Set([...configured].slice(0, TABLES_COUNTED));
    this.take(stored);
  }

  /** Adds what an isolate reports. */
  take(reported: StoredEnds): void {
    for (const [relation, ends] of Object.entries(reported)) {
      for (const [end, reportedCount] of Object.entries(ends)) {
        const count = countIn(reportedCount);
        if (count > 0) this.#add(relation, this.#nameOf(end), count);
      }
    }
  }

  add(relation: string, what: Besides, count: number): void {
    this.#add(relation, what, count);
  }

  reset(): void {
    this.#tables.clear();
    this.#ends.clear();
  }

  /** By table; only those in which something was counted. */
  tables(): Record<string, TableStats> {
    return Object.fromEntries([...this.#tables].map(([relation, ends]) => [relation, statsOf(ends)]));
  }

  toJSON(): StoredEnds {
    return Object.fromEntries([...this.#tables].map(([name, ends]) => [name, Object.fromEntries(ends)]));
  }

  #add(relation: string, end: string, count: number): void {
    const name = this.#configured.has(relation) ? relation : OTHER_TABLES;
    const ends = this.#tables.get(name) ?? new Map<string, number>();
    this.#tables.set(name, ends);
    ends.set(end, (ends.get(end) ?? 0) + count);
  }

  #nameOf(end: string): string {
    if (BESIDES.has(end) || this.#ends.has(end)) return end;
    if (END.test(end) && this.#ends.size < ENDS_COUNTED) {
      this.#ends.add(end);
      return end;
    }
    const [outcome = ""] = end.split(":", 1);
    return END.test(`${outcome}:${OTHER}`) ? `${outcome}:${OTHER}` : `bypass:${OTHER}`;
  }
}

function statsOf(ends: ReadonlyMap<string, number>): TableStats {
  const counted = { hit: 0, stale: 0, miss: 0, error: 0 };
  const bypasses: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  for (const [end, count] of ends) {
    const [outcome = "", detail] = end.split(":", 2);
    if (detail === undefined) continue;
    if (outcome === "bypass") bypasses[detail] = count;
    else outcomes[end] = count;
    if (outcome in counted) counted[outcome as keyof typeof counted] += count;
  }
  return {
    hits: counted.hit,
    stale: counted.stale,
    misses: counted.miss,
    errors: counted.error,
    signedInHits: ends.get("signed-in") ?? 0,
    originRequests: ends.get("origin") ?? 0,
    invalidations: ends.get("invalidated") ?? 0,
    bypasses,
    outcomes,
  };
}

/** All tables' bypasses by reason, and all other ends by detail. */
export function sumsOf(tables: Readonly<Record<string, TableStats>>): {
  readonly bypassReasons: Readonly<Record<string, number>>;
  readonly details: Readonly<Record<string, number>>;
} {
  const all = Object.values(tables);
  return {
    bypassReasons: addedUp(all.flatMap(({ bypasses }) => Object.entries(bypasses))),
    details: addedUp(
      all.flatMap(({ outcomes }) =>
        Object.entries(outcomes).map(([end, count]) => [end.slice(end.indexOf(":") + 1), count]),
      ),
    ),
  };
}

function addedUp(counts: readonly (readonly [name: string, count: number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}
