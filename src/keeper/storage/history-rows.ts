import type { Sql } from "../ports/ports.ts";

/** What was counted in one step: when it began, in epoch milliseconds, and the numbers. */
export interface CountedStep {
  readonly at: number;
  readonly counts: readonly number[];
}

/** Steps of one length, in a ring: the oldest step's row is the newest's, so that nothing has to be deleted. */
export class HistoryRows {
  /** How long a step is, and for how long it is kept. */
  readonly stepMs: number;
  readonly keptMs: number;
  readonly #sql: Sql;
  readonly #table: "minutes" | "hours";

  /** @param kept how many steps are kept */
  constructor(sql: Sql, table: "minutes" | "hours", stepMs: number, kept: number) {
    this.stepMs = stepMs;
    this.keptMs = kept * stepMs;
    this.#sql = sql;
    this.#table = table;
  }

  write({ at, counts }: CountedStep): void {
    this.#sql.exec(
      `INSERT INTO ${this.#table} (slot, at, counts) VALUES (?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET at = excluded.at, counts = excluded.counts`,
      Math.floor((at % this.keptMs) / this.stepMs),
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
