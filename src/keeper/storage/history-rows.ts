import type { Sql } from "../ports/ports.ts";

/** What was counted in one step: when it began, in epoch milliseconds, and the numbers. */
export interface CountedStep {
  readonly at: number;
  readonly counts: readonly number[];
}

/** Steps of one length, in a ring: the oldest step's row is the newest's, so that nothing has to be deleted. */
export class HistoryRows {
  readonly #sql: Sql;
  readonly #table: "minutes" | "hours";
  readonly #slotOf: (at: number) => number;

  /**
   * @param stepMs how long a step is
   * @param kept how many steps are kept
   */
  constructor(sql: Sql, table: "minutes" | "hours", stepMs: number, kept: number) {
    this.#sql = sql;
    this.#table = table;
    this.#slotOf = (at) => Math.floor(at / stepMs) % kept;
  }

  write({ at, counts }: CountedStep): void {
    this.#sql.exec(
      `INSERT INTO ${this.#table} (slot, at, counts) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET at = excluded.at, counts = excluded.counts`,
      this.#slotOf(at),
      at,
      JSON.stringify(counts),
    );
  }

  /** Those that began after this time, oldest first. */
  since(time: number): CountedStep[] {
    return this.#sql
      .exec<{ at: number; counts: string }>(
        `SELECT at, counts FROM ${this.#table} WHERE at > ? ORDER BY at`,
        time,
      )
      .map(({ at, counts }) => ({ at, counts: JSON.parse(counts) as number[] }));
  }
}
