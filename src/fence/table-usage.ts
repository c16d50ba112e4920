import { OTHER_TABLES } from "../keeper/protocol/read-ends.ts";

interface CountedTable {
  /** How reads of it ended, by number of the end. */
  readonly counts: Uint32Array;
  isTouched: boolean;
}

/** Counts how reads ended, by table. All counters are made beforehand: counting a read allocates nothing. */
export class TableUsage {
  readonly #ends: readonly string[];
  readonly #tables: ReadonlyMap<string, CountedTable>;
  readonly #other: CountedTable;

  /**
   * @param tables the configured ones, `schema.table`
   * @param ends the names of how a read may end; counters go by their places in this list
   */
  constructor(tables: Iterable<string>, ends: readonly string[]) {
    const table = (): CountedTable => ({ counts: new Uint32Array(ends.length), isTouched: false });
    this.#ends = ends;
    this.#other = table();
    this.#tables = new Map([
      ...[...tables].map((name) => [name, table()] as const),
      [OTHER_TABLES, this.#other],
    ]);
  }

  /**
   * @param name `schema.table`; null: one that is not configured
   * @param end its place in the list
   */
  add(name: string | null, end: number, count = 1): void {
    const table = (name === null ? undefined : this.#tables.get(name)) ?? this.#other;
    table.counts[end] = (table.counts[end] ?? 0) + count;
    table.isTouched = true;
  }

  /** What was counted since the last time, by table and by the name of the end. */
  take(): Record<string, Record<string, number>> {
    const taken: Record<string, Record<string, number>> = {};
    for (const [name, table] of this.#tables) {
      // Each sync reports: however many tables there are, it costs what was read.
      if (!table.isTouched) continue;
      const named: Record<string, number> = {};
      for (const [at, end] of this.#ends.entries()) if (table.counts[at]) named[end] = table.counts[at];
      taken[name] = named;
      table.counts.fill(0);
      table.isTouched = false;
    }
    return taken;
  }

  putBack(taken: Readonly<Record<string, Readonly<Record<string, number>>>>): void {
    for (const [name, ends] of Object.entries(taken)) {
      for (const [end, count] of Object.entries(ends)) {
        const at = this.#ends.indexOf(end);
        if (at >= 0) this.add(name, at, count);
      }
    }
  }
}
