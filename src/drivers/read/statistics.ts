import type { DriverEvent } from "./options.ts";

/** What this isolate has counted of a statement. */
export interface StatementStatistics {
  readonly sql: string;
  readonly hits: number;
  /** Served after their time to live, while the database is asked again. */
  readonly stale: number;
  readonly misses: number;
  /** How often it was sent to the database as it came, by the reason. */
  readonly passedThrough: Readonly<Record<string, number>>;
  /** The tables that its answers depend on, by their full names; none before the first. */
  readonly tables: readonly string[];
}

/** Beyond these, the statement that was counted first is forgotten: somebody writes values into SQL. */
const MAX_STATEMENTS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** What is kept of a statement besides its text. */
const COUNTS_BYTES = 400;

type StatementCounts = { -readonly [Name in keyof StatementStatistics]: StatementStatistics[Name] } & {
  passedThrough: Record<string, number>;
};

export class DriverStatistics {
  readonly #statements = new Map<string, StatementCounts>();
  /** About as much memory as it takes. */
  bytes = 0;

  count(event: DriverEvent): void {
    const counted = this.#of(event.sql);
    if (event.type === "pass-through") {
      counted.passedThrough[event.reason] = (counted.passedThrough[event.reason] ?? 0) + 1;
      return;
    }
    counted.tables = event.tables;
    if (event.type === "hit") counted.hits++;
    else if (event.type === "stale") counted.stale++;
    else counted.misses++;
  }

  read(): readonly StatementStatistics[] {
    return [...this.#statements.values()].map((counted) => ({
      ...counted,
      passedThrough: { ...counted.passedThrough },
    }));
  }

  #of(sql: string): StatementCounts {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    for (const first of this.#statements.keys()) {
      if (this.#statements.size < MAX_STATEMENTS && this.bytes < MAX_BYTES) break;
      this.#statements.delete(first);
      this.bytes -= bytesOf(first);
    }
    this.bytes += bytesOf(sql);
    const fresh: StatementCounts = { sql, hits: 0, stale: 0, misses: 0, passedThrough: {}, tables: [] };
    this.#statements.set(sql, fresh);
    return fresh;
  }
}

const bytesOf = (sql: string) => sql.length * 2 + COUNTS_BYTES;
