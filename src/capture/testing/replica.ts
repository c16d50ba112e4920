import type { ToldChange } from "./page.ts";

type Image = Readonly<Record<string, unknown>>;

/** The member of a new image that lists large columns which did not change. */
const UNCHANGED = "";

/** In place of a value that was left out. */
const UNKNOWN = Symbol("unknown");

/**
 * A copy of a table with the key `id`, kept by what capture tells of it alone. Values that were left out are unknown in it.
 * What is told of a row that the copy does not have, or has otherwise, is an error: something before it was lost.
 */
export class Replica {
  readonly errors: string[] = [];
  readonly #rows = new Map<unknown, Record<string, unknown>>();
  readonly #columns: readonly string[];
  /** Changes that were told row by row, and flushes. */
  readonly counts = { rows: 0, flushes: 0 };

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Takes what one pull tells of this table. @returns whether it must be read anew */
  take(changes: readonly ToldChange[]): boolean {
    let isFlushed = false;
    for (const change of changes) {
      const isRow = change.type !== "FLUSH" && change.type !== "TRUNCATE";
      if (change.type === "TRUNCATE") this.#rows.clear();
      if (change.type === "FLUSH") isFlushed = true;
      if (isRow) this.counts.rows += 1;
      else this.counts.flushes += 1;
      // Rows before a flush may be missing.
      if (isRow && !isFlushed) this.#apply(change);
    }
    return isFlushed;
  }

  /** What the table has now. */
  reset(rows: readonly Image[]): void {
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id, { ...row });
  }

  /** Compares with what the table has. */
  check(rows: readonly Image[]): void {
    if (rows.length !== this.#rows.size)
      this.errors.push(`${rows.length} rows, and ${this.#rows.size} as told`);
    for (const row of rows) this.#compare(row, this.#rows.get(row.id), "at the end");
  }

  #apply({ type, record, old_record: old }: ToldChange): void {
    const before = old === null ? undefined : this.#rows.get(old.id);
    if (old !== null) this.#compare(old, before, type);
    // An INSERT of the row that a later UPDATE of the same statement moves away would be in its place.
    if (old !== null && this.#rows.get(old.id) === before) this.#rows.delete(old.id);
    if (record === null) return;
    const kept = new Set(record[UNCHANGED] as readonly string[] | undefined);
    const row = Object.fromEntries(
      this.#columns.map((column) => {
        const isTold = Object.hasOwn(record, column);
        return [column, isTold ? record[column] : kept.has(column) ? before?.[column] : UNKNOWN];
      }),
    );
    this.#rows.set(record.id, row);
  }

  #compare(image: Image, row: Image | undefined, what: string): void {
    if (row === undefined) {
      this.errors.push(`${what}: there is no row ${image.id}`);
      return;
    }
    for (const column of this.#columns) {
      if (!Object.hasOwn(image, column) || row[column] === UNKNOWN) continue;
      if (JSON.stringify(image[column]) !== JSON.stringify(row[column]))
        this.errors.push(`${what}: row ${image.id} has another ${column}`);
    }
  }
}
