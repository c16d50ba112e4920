/** The two tables of the modelled database; each note belongs to an item. */
export type TableName = "items" | "notes";

export interface Row {
  readonly id: number;
  /** Of an item: its owner. Of a note: its item. */
  readonly of: number;
  /** Different with every write. */
  readonly v: number;
}

/** Committed rows, by table and number. */
export type Rows = Readonly<Record<TableName, ReadonlyMap<number, Row>>>;

/** What DDL can change. */
export interface Definition {
  /** `items` has an extra column. */
  readonly extraColumn: boolean;
  /** A policy hides the items of owner 1. */
  readonly policy: boolean;
  /** An item has at most one note. Once the API knows that, it shows an object instead of a list. */
  readonly unique: boolean;
}

/** The row as JSON members, as triggers and PostgREST print it. */
export function membersOf(table: TableName, row: Row, definition: Definition): Record<string, number | null> {
  const { id, of, v } = row;
  if (table === "notes") return { id, item: of, v };
  return { id, owner: of, v, ...(definition.extraColumn && { extra: null }) };
}
