import type { TableStats } from "../protocol/detailed-statistics.ts";

/** The name under which everything is counted that has no name of its own. */
const OTHER = "other";

/** Tables beyond this many are counted together: each brings some dozens of numbers, and of time series elsewhere. */
export const TABLES_COUNTED = 250;

/** Far more than there are ends. What an isolate of another version reports beyond it is counted together. */
export const ENDS_COUNTED = 100;

/** How a read may end, as isolates report it: `hit:memory`, `bypass:cookie`. */
const END = /^(?:hit|stale|miss|error|bypass):[a-z0-9-]{1,40}$/;

/** What is counted besides: hits of those who sign in, requests to the origin, invalidated answers. */
type Besides = "signed-in" | "origin" | "invalidated";
const BESIDES: ReadonlySet<string> = new Set<Besides>(["signed-in", "origin", "invalidated"]);

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
      for (const [end, count] of Object.entries(ends)) {
        if (Number.isSafeInteger(count) && count > 0) this.#add(relation, this.#nameOf(end), count);
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
    const name = this.#configured.has(relation) ? relation : OTHER;
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
  const bypassReasons: Record<string, number> = {};
  const details: Record<string, number> = {};
  for (const { bypasses, outcomes } of Object.values(tables)) {
    for (const [reason, count] of Object.entries(bypasses))
      bypassReasons[reason] = (bypassReasons[reason] ?? 0) + count;
    for (const [end, count] of Object.entries(outcomes)) {
      const detail = end.slice(end.indexOf(":") + 1);
      details[detail] = (details[detail] ?? 0) + count;
    }
  }
  return { bypassReasons, details };
}
