import type { TableName } from "./rows.ts";

export type Statement = RowStatement | TableStatement | Ddl;

export interface RowStatement {
  /** `put` inserts or updates; the others need the row to exist. */
  readonly op: "put" | "move" | "delete";
  readonly table: TableName;
  readonly id: number;
  readonly of: number;
}

interface TableStatement {
  readonly op: "truncate" | "flush";
  readonly table: TableName;
}

export interface Ddl {
  /** `unique` changes how the API shows notes: see `Definition`. */
  readonly op: "column" | "policy" | "comment" | "unique";
}

/** What a statement locks until its transaction ends: a row, or a table with all its rows. */
export function lockOf(statement: Statement): string[] {
  switch (statement.op) {
    case "flush":
      return [];
    case "truncate":
      return [`${statement.table}/`];
    case "put":
    case "move":
    case "delete":
      return [`${statement.table}/${statement.id}`];
    default:
      return ["items/"];
  }
}

/** A table's lock and its rows' locks exclude each other. */
export function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
