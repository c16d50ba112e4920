import { lowerCase } from "./tokens.ts";

/** A database of SQLite's, as it describes itself. */
export interface D1Schema {
  readonly tables: readonly D1Table[];
  readonly views: readonly D1View[];
}

interface D1View {
  readonly name: string;
  readonly sql: string;
}

/** `shadow`: a virtual table keeps its rows in it. */
type TableKind = "table" | "virtual" | "shadow";

export interface D1Table {
  readonly name: string;
  readonly kind: TableKind;
  readonly sql: string;
  readonly withoutRowid: boolean;
  readonly columns: readonly D1Column[];
  /** The unique ones, with those of constraints. */
  readonly uniques: readonly UniqueIndex[];
  /** All but those of constraints, in the order of their names. */
  readonly indexes: readonly { readonly name: string; readonly sql: string }[];
  readonly triggers: readonly { readonly name: string; readonly sql: string }[];
}

export interface D1Column {
  readonly name: string;
  /** As it is declared, in the owner's spelling. Empty: none. */
  readonly type: string;
  readonly notNull: boolean;
  /** Its SQL. Null: none. */
  readonly default: string | null;
  /** Its place in the primary key, from 1; 0: it is not part of it. */
  readonly key: number;
  readonly generated: boolean;
}

export interface UniqueIndex {
  readonly name: string;
  /** `c`: made by CREATE INDEX, `u`: by a UNIQUE constraint, `pk`: by the primary key. */
  readonly origin: "c" | "u" | "pk";
  readonly partial: boolean;
  /** Null: that of a constraint. */
  readonly sql: string | null;
  /** `column` is null for an expression. */
  readonly keys: readonly { readonly column: string | null; readonly collation: string }[];
}

/** A row of an answer, whatever brought it. */
export type AnswerRow = Readonly<Record<string, unknown>>;

const TABLES = `SELECT l.name AS tbl, l.type, l.wr FROM pragma_table_list l WHERE l.schema = 'main' AND l.name NOT GLOB 'sqlite_*' AND l.name NOT GLOB '_cf_*'`;

/** Those whose columns and indexes are asked for. A view has no indexes, and a module need not answer. */
const ORDINARY = `(SELECT tbl FROM (${TABLES}) WHERE type = 'table')`;

/** Each statement's answer is a part of what `schemaOf` takes, in this order. D1 allows all of them. */
export const SCHEMA_QUESTIONS: readonly string[] = [
  TABLES,
  `SELECT type, name, tbl_name AS tbl, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY type, name`,
  `SELECT t.tbl, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden FROM ${ORDINARY} t, pragma_table_xinfo(t.tbl) x ORDER BY t.tbl, x.cid`,
  `SELECT t.tbl, i.name, i.origin, i.partial, k.cid, k.name AS col, k.coll FROM ${ORDINARY} t, pragma_index_list(t.tbl) i, pragma_index_xinfo(i.name) k WHERE i."unique" = 1 AND k."key" = 1 ORDER BY t.tbl, i.seq DESC, k.seqno`,
];

/**
 * What the answers to {@link SCHEMA_QUESTIONS} say, whatever brought them: a binding, or `wrangler d1 execute --json`.
 */
export function schemaOf(answers: readonly (readonly AnswerRow[])[]): D1Schema {
  const [listed = [], objects = [], columns = [], keys = []] = answers;
  // A trigger has its table's name as the trigger's text spells it.
  const ofTable = (rows: readonly AnswerRow[], table: unknown) =>
    rows.filter(({ tbl }) => lowerCase(String(tbl)) === lowerCase(String(table)));
  const ofType = (type: string, table: unknown) =>
    ofTable(objects, table)
      .filter((object) => object.type === type)
      .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
  const tables = listed
    .filter(({ type }) => type === "table" || type === "virtual" || type === "shadow")
    .map(
      ({ tbl, type, wr }): D1Table => ({
        name: String(tbl),
        kind: type as TableKind,
        sql: ofType("table", tbl)[0]?.sql ?? "",
        withoutRowid: wr === 1,
        columns: ofTable(columns, tbl).map(columnOf),
        uniques: uniquesOf(ofTable(keys, tbl), ofType("index", tbl)),
        indexes: ofType("index", tbl),
        triggers: ofType("trigger", tbl),
      }),
    );
  const views = objects
    .filter(({ type }) => type === "view")
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
  return { tables: tables.sort((one, other) => (one.name < other.name ? -1 : 1)), views };
}

function columnOf(row: AnswerRow): D1Column {
  return {
    name: String(row.name),
    type: String(row.type ?? ""),
    notNull: row.notnull === 1,
    default: row.dflt_value === null || row.dflt_value === undefined ? null : String(row.dflt_value),
    key: Number(row.pk),
    generated: row.hidden === 2 || row.hidden === 3,
  };
}

function uniquesOf(
  keys: readonly AnswerRow[],
  indexes: readonly { readonly name: string; readonly sql: string }[],
): readonly UniqueIndex[] {
  return [...new Set(keys.map(({ name }) => String(name)))].map((name) => {
    const own = keys.filter((key) => key.name === name);
    return {
      name,
      origin: own[0]?.origin as UniqueIndex["origin"],
      partial: own[0]?.partial === 1,
      sql: indexes.find((index) => index.name === name)?.sql ?? null,
      keys: own.map(({ col, coll }) => ({
        column: col === null || col === undefined ? null : String(col),
        collation: String(coll),
      })),
    };
  });
}
