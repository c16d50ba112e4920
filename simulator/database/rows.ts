/** The two tables of the modelled database; a note hangs at an item. */
export type TableName = "items" | "notes";

export interface Row {
  readonly id: number;
  /** Of an item: its owner. Of a note: its item. */
  readonly of: number;
  /** Another one with every write. */
  readonly v: number;
}

/** Committed rows, by table and number. */
export type Rows = Readonly<Record<TableName, ReadonlyMap<number, Row>>>;

/** What DDL can change. */
export interface Definition {
  /** `items` has a column more. */
  readonly extraColumn: boolean;
  /** A policy hides the items of owner 1. */
  readonly policy: boolean;
  /** An item has one note at most, so that the API shows it as such instead of a list: once it has heard of that. */
  readonly unique: boolean;
}

/** The row as JSON members, as triggers and PostgREST print it. */
export function membersOf(table: TableName, row: Row, definition: Definition): Record<string, number | null> {
  const { id, of, v } = row;
  if (table === "notes") return { id, item: of, v };
  return { id, owner: of, v, ...(definition.extraColumn && { extra: null }) };
}
