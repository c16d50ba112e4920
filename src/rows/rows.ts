import type { RowValue } from "./coarse.ts";

/** Rows that a load reads. Made by `rows`. */
export class Rows {
  readonly table: string;
  readonly where: Readonly<Record<string, RowValue>>;

  constructor(table: string, where: Readonly<Record<string, RowValue>>) {
    this.table = table;
    this.where = where;
  }
}

/** All that a load reads: at least one that is known before, and functions of the value for the rest. */
export type RowReads<T = unknown> = readonly (Rows | ((value: T | undefined) => readonly Rows[]))[];
