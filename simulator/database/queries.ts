import type { CacheableRead } from "../../src/keeper/protocol/entry.ts";
import { type Definition, membersOf, type Row, type Rows } from "./rows.ts";

/** A read, and the database's answer to it. */
export interface ModelQuery {
  readonly read: CacheableRead;
  readonly answer: (rows: Rows, definition: Definition, api: ApiSchema) => unknown;
}

/** The schema as the API last read it. */
export type ApiSchema = Pick<Definition, "unique">;

/** One of each kind that verdicts tell apart: by key, by filter, by columns, by window, by embed. */
export const QUERIES: readonly ModelQuery[] = [
  query("items", "select=id,v&id=eq.1", (rows, definition) =>
    itemsOf(rows, definition)
      .filter(({ id }) => id === 1)
      .map(({ id, v }) => ({ id, v })),
  ),
  query("items", "select=id,owner,v&owner=eq.2", (rows, definition) =>
    itemsOf(rows, definition)
      .filter(({ of }) => of === 2)
      .map(({ id, of, v }) => ({ id, owner: of, v })),
  ),
  query("items", "select=id,v&order=id.asc&limit=2", (rows, definition) =>
    itemsOf(rows, definition)
      .slice(0, 2)
      .map(({ id, v }) => ({ id, v })),
  ),
  query("items", "select=id", (rows, definition) => itemsOf(rows, definition).map(({ id }) => ({ id }))),
  query("items", "", (rows, definition) =>
    itemsOf(rows, definition).map((row) => membersOf("items", row, definition)),
  ),
  query("notes", "select=id,v&order=v.desc,id.asc&limit=1", ({ notes }) =>
    sorted(notes)
      .sort((a, b) => b.v - a.v || a.id - b.id)
      .slice(0, 1)
      .map(({ id, v }) => ({ id, v })),
  ),
  query("notes", "select=id,v&id=in.(1,2)", ({ notes }) =>
    sorted(notes)
      .filter(({ id }) => id === 1 || id === 2)
      .map(({ id, v }) => ({ id, v })),
  ),
  query("items", "select=id,notes(id,v)", (rows, definition, { unique }) =>
    itemsOf(rows, definition).map((item) => {
      const notes = sorted(rows.notes)
        .filter(({ of }) => of === item.id)
        .map(({ id, v }) => ({ id, v }));
      return { id: item.id, notes: unique ? (notes[0] ?? null) : notes };
    }),
  ),
];

function query(table: string, search: string, answer: ModelQuery["answer"]): ModelQuery {
  const path = `/rest/v1/${table}${search === "" ? "" : `?${search}`}`;
  const read: CacheableRead = {
    key: `publishable ${path}`,
    path,
    headers: { accept: "application/json" },
    audience: "publishable",
    relation: `public.${table}`,
    asked: { schema: "public", relation: table, search },
  };
  return { read, answer };
}

/** The items that the reader may see, ordered by number. */
function itemsOf({ items }: Rows, { policy }: Definition): Row[] {
  return sorted(items).filter(({ of }) => !policy || of !== 1);
}

function sorted(rows: ReadonlyMap<number, Row>): Row[] {
  return [...rows.values()].sort((a, b) => a.id - b.id);
}
