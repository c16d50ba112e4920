import { fromBase64, toBase64 } from "../read/base64.ts";

// Answers of D1 as JSON, and back. Its cells are texts, numbers, null and bytes, which come as lists of numbers.

/** A cell that JSON would change: `-0`, bytes in base 64 (as a list of numbers, or as a buffer). */
type TaggedCell = { readonly n: string } | { readonly a: string } | { readonly b: string };
type Cell = string | number | boolean | null | TaggedCell;

/** Rows as they are kept: the names of their columns once, and fresh objects made of them for each reader. */
export interface KeptRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Thrown for what cannot be kept. */
export class NotKept extends Error {}

type D1Row = Readonly<Record<string, unknown>>;

/** @throws NotKept when the rows have different columns, or a cell is of an unknown kind */
export function keptObjects(rows: readonly D1Row[]): KeptRows {
  const columns = Object.keys(rows[0] ?? {});
  return {
    columns,
    rows: rows.map((row) => {
      if (Object.keys(row).length !== columns.length) throw new NotKept();
      return columns.map((column) => {
        if (!Object.hasOwn(row, column)) throw new NotKept();
        return keptCell(row[column]);
      });
    }),
  };
}

/** @throws NotKept when a cell is of an unknown kind */
export const keptRows = (rows: readonly (readonly unknown[])[]): readonly (readonly Cell[])[] =>
  rows.map((row) => row.map(keptCell));

export function objectsOf({ columns, rows }: KeptRows): Record<string, unknown>[] {
  return rows.map((row) => {
    // Defined, not assigned: a column may be called `__proto__`.
    const object: Record<string, unknown> = {};
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as string;
      const value = cellOf(row[at] as Cell);
      if (column === "__proto__") define(object, column, value);
      else object[column] = value;
    }
    return object;
  });
}

export const rowsOf = (rows: KeptRows["rows"]): unknown[][] => rows.map((row) => row.map(cellOf));

function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

function keptCell(cell: unknown): Cell {
  if (typeof cell === "string" || typeof cell === "boolean" || cell === null) return cell;
  if (typeof cell === "number") {
    return Number.isFinite(cell) && !Object.is(cell, -0)
      ? cell
      : { n: Object.is(cell, -0) ? "-0" : String(cell) };
  }
  if (Array.isArray(cell) && cell.every(isByte)) return { a: toBase64(Uint8Array.from(cell)) };
  if (cell instanceof ArrayBuffer) return { b: toBase64(new Uint8Array(cell)) };
  throw new NotKept();
}

const isByte = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256;

function cellOf(cell: Cell): unknown {
  if (typeof cell !== "object" || cell === null) return cell;
  if ("n" in cell) return Number(cell.n);
  if ("a" in cell) return Array.from(fromBase64(cell.a));
  return fromBase64(cell.b).buffer;
}
