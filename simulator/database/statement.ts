import type { Definition, TableName } from "./rows.ts";

export type Statement = RowStatement | TableStatement | Ddl | RoleStatement;

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

/** Each changes one thing back and forth, and `comment` nothing: see `Definition`. */
export interface Ddl {
  readonly op:
    | "column"
    | "policy"
    | "comment"
    | "unique"
    | "own-posts"
    | "docs-by-claim"
    | "opaque"
    | "untold";
}

/** `GRANT editor TO authenticated`, or its opposite: neither the outbox nor the schema's version tells of it. */
export interface RoleStatement {
  readonly op: "grant";
}

/** Whether it changes the schema or roles, and no row. */
export function isDefinition(statement: Statement): statement is Ddl | RoleStatement {
  return !("table" in statement);
}

/** What there is after it. */
export function changedBy(op: (Ddl | RoleStatement)["op"], before: Definition): Definition {
  switch (op) {
    case "column":
      return { ...before, extraColumn: !before.extraColumn };
    case "policy":
      return { ...before, policy: !before.policy };
    case "unique":
      return { ...before, unique: !before.unique };
    case "own-posts":
      return { ...before, ownPosts: !before.ownPosts };
    case "docs-by-claim":
      return { ...before, docsByClaim: !before.docsByClaim };
    case "opaque":
      return { ...before, opaque: !before.opaque };
    case "untold":
      return { ...before, untold: !before.untold };
    case "grant":
      return { ...before, grants: before.grants + 1 };
    case "comment":
      return before;
  }
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
