import { STATE } from "../../capture/d1/names.ts";
import type { RowMap } from "../../rows/row-map.ts";
import type { CatalogueSource } from "../read/plans.ts";
import { type ReadOptions, readStatement } from "../sql/read-statement.ts";
import type { Catalogue } from "../sql/relations.ts";
import { asciiLower } from "../sql/token.ts";
import { lacksTable } from "./no-table.ts";

/**
 * What is asked of the database once for each map, which every change of the schema changes: which database it is, and the
 * queries of its views, since a view may read the time.
 */
export function catalogueOf(database: D1Database, options: ReadOptions): CatalogueSource {
  return { lastsMs: Number.POSITIVE_INFINITY, load: (map) => loaded(database, map, options) };
}

/** With a row for each view, or with one where there is none. */
const CATALOGUE_SQL = `SELECT s.incarnation, v.name, v.sql
  FROM ${STATE} s LEFT JOIN sqlite_schema v ON v.type = 'view' WHERE s.id = 1`;

interface CatalogueRow {
  readonly incarnation: string | null;
  readonly name: string | null;
  readonly sql: string | null;
}

async function loaded(database: D1Database, { views }: RowMap, options: ReadOptions): Promise<Catalogue> {
  const asked = database.prepare(CATALOGUE_SQL).all<CatalogueRow>();
  const { results } = await asked.catch((error: unknown) => {
    if (!lacksTable(error, STATE)) throw error;
    return { results: [] };
  });
  const queries = new Map(results.map(({ name, sql }) => [asciiLower(`main.${name}`), queryOf(String(sql))]));
  return {
    database: results[0]?.incarnation ?? undefined,
    viewQuery(view: string) {
      const query = Object.hasOwn(views, view) ? queries.get(asciiLower(view)) : undefined;
      const statement = query === undefined ? undefined : readStatement(query, "sqlite", options);
      return statement?.kind === "read" ? statement : undefined;
    },
  };
}

/** What stands behind `CREATE VIEW name (columns) AS`. */
function queryOf(sql: string): string | undefined {
  const name = /(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[\w$\u0080-\uffff]+)/.source;
  const columns = `(?:\\s*\\(\\s*${name}(?:\\s*,\\s*${name})*\\s*\\))?`;
  const head = new RegExp(
    `^CREATE\\s+VIEW\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(?:${name}\\s*\\.\\s*)?${name}${columns}\\s*AS\\b`,
    "i",
  );
  const [begin] = head.exec(sql) ?? [];
  return begin && sql.slice(begin.length);
}
