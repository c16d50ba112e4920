/** A row as one of its versions left it. */
export type State = Readonly<Record<string, unknown>>;

/** All times come from this process' clock, in milliseconds; `Infinity`: not yet, or never. */
export interface Transaction {
  /** Just before COMMIT was sent: no reader can have seen it earlier. */
  commitAt: number;
  /** Just after COMMIT was answered: every later read must see it. */
  committedAt: number;
  readonly entered: { readonly row: string; readonly version: Version }[];
}

/** A row as one change left it. */
export interface Version {
  readonly number: number;
  /** null: the row is deleted, or not inserted yet. */
  readonly state: State | null;
  readonly transaction: Transaction;
  /** When the gateway acknowledged the webhook of this change. */
  heardAt: number;
}

const LONG_AGO = Number.NEGATIVE_INFINITY;
const NOT_YET = Number.POSITIVE_INFINITY;
const ALWAYS: Transaction = { commitAt: LONG_AGO, committedAt: LONG_AGO, entered: [] };

/**
 * Every row's history, as its writers know it. Rows are `table/id`; a policy is a row, too. Writers enter a version
 * before they commit it, so no answer can show one that is missing here.
 */
export class Truth {
  readonly #rows = new Map<string, Version[]>();
  readonly #ids = new Map<string, number[]>();
  /** Committed versions and transactions, and transactions or parts of them that were rolled back. */
  readonly counts = { changes: 0, transactions: 0, rolledBack: 0 };

  begin(): Transaction {
    return { commitAt: NOT_YET, committedAt: NOT_YET, entered: [] };
  }

  /** A row that exists from the beginning. */
  seed(table: string, id: number, state: State): void {
    const first = { number: Number(state.version), state, transaction: ALWAYS, heardAt: LONG_AGO };
    this.#versions(table, id).push(first);
  }

  enter(transaction: Transaction, table: string, id: number, number: number, state: State | null): void {
    const versions = this.#versions(table, id);
    if (versions.length === 0) {
      versions.push({ number: 0, state: null, transaction: ALWAYS, heardAt: LONG_AGO });
    }
    const version = { number, state, transaction, heardAt: NOT_YET };
    versions.push(version);
    transaction.entered.push({ row: `${table}/${id}`, version });
  }

  committed(transaction: Transaction, at: number): void {
    transaction.committedAt = at;
    this.counts.transactions++;
    this.counts.changes += transaction.entered.length;
  }

  /** Takes back what `transaction` entered after its first `kept` versions. */
  takeBack(transaction: Transaction, kept = 0): void {
    this.counts.rolledBack++;
    for (const { row, version } of transaction.entered.splice(kept)) {
      const versions = this.#rows.get(row) ?? [];
      versions.splice(versions.indexOf(version), 1);
    }
  }

  /** Notes that the gateway now knows of this change. */
  heard(table: string, id: number, number: number, at: number): void {
    const version = this.versions(`${table}/${id}`).find((each) => each.number === number);
    if (version) version.heardAt = Math.min(version.heardAt, at);
  }

  /** Oldest first. Empty for a row that never existed. */
  versions(row: string): readonly Version[] {
    return this.#rows.get(row) ?? [];
  }

  ids(table: string): readonly number[] {
    return this.#ids.get(table) ?? [];
  }

  /** The last committed version. */
  current(table: string, id: number): State | null {
    const isCommitted = ({ transaction }: Version) => transaction.committedAt < NOT_YET;
    return this.versions(`${table}/${id}`).findLast(isCommitted)?.state ?? null;
  }

  #versions(table: string, id: number): Version[] {
    const row = `${table}/${id}`;
    const known = this.#rows.get(row);
    if (known) return known;
    const versions: Version[] = [];
    this.#rows.set(row, versions);
    const ids = this.#ids.get(table);
    if (ids) ids.push(id);
    else this.#ids.set(table, [id]);
    return versions;
  }
}
