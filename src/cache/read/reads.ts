import type { RowValue } from "../../rows/coarse.ts";
import { fullName, type RowMap } from "../../rows/row-map.ts";
import { rowName, tableName, wholeName } from "../../rows/row-name.ts";
import { type RowReads, Rows } from "../../rows/rows.ts";
import type { CacheContext, Isolate, Tagged } from "../context/context.ts";
import { CacheError } from "../entry/errors.ts";
import type { Name } from "../entry/names.ts";

/**
 * Rows of a table, for `reads`. Without `where`: all of them. Values are compared coarsely (`"7"` is `7`, `"Ada"` is `"ADA"`):
 * that costs a load at times, and is never stale.
 *
 * @param where columns and their values, before a change or after it; one that the database follows is enough
 * @throws CacheError `invalid-option` for a value that no row has: undefined, NaN, a Date, an object
 */
export function rows(table: string, where: Readonly<Record<string, RowValue>> = {}): Rows {
  if (typeof table !== "string" || table === "") throw invalid("rows() takes the name of a table");
  for (const [column, value] of Object.entries(where)) {
    if (!isRowValue(value))
      throw invalid(`rows("${table}"): ${column} is ${nameOf(value)}, which no row has`);
  }
  return new Rows(table, { ...where });
}

/**
 * @param followed what the keeper hears of; null: nothing, there is none or it has no source; undefined: that is not known yet
 * @throws CacheError `invalid-option` when it is no list, nothing in it is known before the value is, or nobody tells changes
 */
export function mustBeReads(reads: RowReads<never>, followed: RowMap | null | undefined): void {
  if (followed === null) throw invalid("reads: it takes a keeper that hears of changes (libraryKeeper)");
  if (!Array.isArray(reads)) throw invalid('reads: it takes a list: [rows("…")]');
  for (const each of reads) {
    if (!(each instanceof Rows) && typeof each !== "function")
      throw invalid('reads: it takes rows("…") and functions');
  }
  const isKnownBefore = reads.some((each) => each instanceof Rows);
  if (reads.length > 0 && !isKnownBefore) throw invalid("reads: one of them must not depend on the value");
}

/** What each isolate has said once. */
const SAID = new WeakMap<Isolate, Set<string>>();

/**
 * The rows that a loaded value stands on, by what the keeper tells now. Its position is of before the load: if what is told
 * has changed since, that is another generation, in which the entry does not count.
 *
 * @throws CacheError `unknown-table`, `unknown-column`; what a function of `reads` throws
 */
export function rowsOf(
  context: CacheContext,
  reads: RowReads<never>,
  loaded: unknown,
): Pick<Tagged, "rows" | "refusal"> {
  const map = context.isolate.invalidations.followed?.();
  if (!map) return { rows: [], refusal: "cannot-prove" };
  const all = reads.flatMap((each) => (each instanceof Rows ? [each] : each(loaded as never)));
  const { names, coarser, unwatched } = namesOfRows(all, map);
  for (const each of coarser) once(context, each);
  return { rows: names, refusal: unwatched.length > 0 ? "not-followed" : undefined };
}

function once(
  context: CacheContext,
  what: { readonly table: string; readonly columns: readonly string[] },
): void {
  const said = SAID.get(context.isolate) ?? new Set();
  SAID.set(context.isolate, said);
  const name = `${what.table}.${what.columns}`;
  if (said.has(name)) return;
  said.add(name);
  context.report({ type: "coarser", ...what });
}

/** What an entry stands on, and what it had to be coarser for. */
export interface RowNames {
  readonly names: readonly Name[];
  /** Columns that are not followed where no other column of the same `rows` is: the entry stands on the whole table. */
  readonly coarser: readonly { readonly table: string; readonly columns: readonly string[] }[];
  /** Tables whose changes are not told. */
  readonly unwatched: readonly string[];
}

/**
 * The names of rows (R2, R3).
 *
 * @throws CacheError `unknown-table` for a name that is no table; `unknown-column`
 */
export function namesOfRows(all: readonly Rows[], map: RowMap): RowNames {
  const names = new Set<Name>();
  const coarser: { table: string; columns: string[] }[] = [];
  const unwatched: string[] = [];
  for (const { table: written, where } of all) {
    const table = tableOf(written, map);
    const known = map.tables[table];
    if (known === undefined) {
      unwatched.push(table);
      continue;
    }
    const columns = Object.keys(where);
    const strange = columns.find((column) => known.columns?.includes(column) === false);
    if (strange !== undefined) throw new CacheError("unknown-column", `${table} has no column ${strange}`);
    const column = known.followed.find((each) => columns.includes(each));
    if (column === undefined) {
      if (columns.length > 0) coarser.push({ table, columns });
      names.add(tableName(table));
    } else {
      names.add(wholeName(table));
      names.add(rowName(table, column, where[column] as RowValue));
    }
  }
  return { names: [...names], coarser, unwatched };
}

function tableOf(written: string, map: RowMap): string {
  const table = fullName(map, written);
  if (table === undefined) {
    const known = Object.keys(map.tables).join(", ");
    // Capture is not installed, or refuses to tell.
    if (known === "") return written;
    throw new CacheError("unknown-table", `there is no table ${written}: the keeper hears of ${known}`);
  }
  const view = map.views[table];
  if (view === undefined) return table;
  throw new CacheError(
    "unknown-table",
    `${written} is a view: name the tables that it reads (${view.join(", ")})`,
  );
}

function isRowValue(value: unknown): value is RowValue {
  if (value === null || value instanceof ArrayBuffer || value instanceof Uint8Array) return true;
  if (typeof value === "number") return !Number.isNaN(value);
  return typeof value === "string" || typeof value === "bigint" || typeof value === "boolean";
}

function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null
    ? `a ${value.constructor?.name ?? "object"}`
    : String(value);
}

function invalid(message: string): CacheError {
  return new CacheError("invalid-option", message);
}
