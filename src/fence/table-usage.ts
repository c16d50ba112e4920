/** The name under which reads of all tables are counted that are not configured. */
const OTHER = "other";

/** How reads of one table ended, by number of the end. */
export type EndCounts = Uint32Array;

/** Counts how reads ended, by table. All counters are made beforehand: counting a read allocates nothing. */
export class TableUsage {
  readonly #ends: readonly string[];
  readonly #tables: ReadonlyMap<string, EndCounts>;
  readonly #other: EndCounts;

  /**
   * @param tables the configured ones, `schema.table`
   * @param ends the names of how a read may end; counters go by their places in this list
   */
  constructor(tables: Iterable<string>, ends: readonly string[]) {
    const counts = (): EndCounts => new Uint32Array(ends.length);
    this.#ends = ends;
    this.#other = counts();
    this.#tables = new Map([...[...tables].map((name) => [name, counts()] as const), [OTHER, this.#other]]);
  }

  /** @param table `schema.table`; null: one that is not configured */
  of(table: string | null): EndCounts {
    return (table === null ? undefined : this.#tables.get(table)) ?? this.#other;
  }

  /** What was counted since the last time, by table and by the name of the end. */
  take(): Record<string, Record<string, number>> {
    const taken: Record<string, Record<string, number>> = {};
    for (const [table, counts] of this.#tables) {
      const named: Record<string, number> = {};
      for (const [at, name] of this.#ends.entries()) if (counts[at]) named[name] = counts[at];
      if (Object.keys(named).length > 0) taken[table] = named;
      counts.fill(0);
    }
    return taken;
  }

  putBack(taken: Readonly<Record<string, Readonly<Record<string, number>>>>): void {
    for (const [table, named] of Object.entries(taken)) {
      const counts = this.of(table);
      for (const [name, count] of Object.entries(named)) {
        const at = this.#ends.indexOf(name);
        if (at >= 0) counts[at] = (counts[at] ?? 0) + count;
      }
    }
  }
}
