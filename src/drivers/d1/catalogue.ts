import { STATE } from "../../capture/d1/names.ts";
import type { RowMap } from "../../rows/row-map.ts";
import type { CatalogueSource } from "../read/plans.ts";
import { type ReadOptions, readStatement } from "../sql/read-statement.ts";
import type { Catalogue } from "../sql/relations.ts";
import { asciiLower } from "../sql/token.ts";

/**
 * What is asked of the database once for each map, which every change of the schema changes: which database it is, and the
 * queries of its views, since a view may read the time.
 */
export function catalogueOf(database: D1Database, options: ReadOptions): CatalogueSource {
  return {
    lastsMs: Number.POSITIVE_INFINITY,
    needed: (map, _relations, { kind }) =>
      kind === "read" ? () => loaded(database, map, options) : undefined,
  };
}

async function loaded(database: D1Database, { views }: RowMap, options: ReadOptions): Promise<Catalogue> {
  const { results } = await database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'view' OR name = '${STATE}'`)
    .all<{ readonly name: string; readonly sql: string }>();
  const isInstalled = results.some(({ name }) => name === STATE);
  const queries = new Map(results.map(({ name, sql }) => [asciiLower(`main.${name}`), queryOf(sql)]));
  return {
    database: isInstalled ? await incarnationOf(database) : undefined,
    viewQuery(view: string) {
      const query = Object.hasOwn(views, view) ? queries.get(asciiLower(view)) : undefined;
      const statement = query === undefined ? undefined : readStatement(query, "sqlite", options);
      return statement?.kind === "read" ? statement : undefined;
    },
  };
}

async function incarnationOf(database: D1Database): Promise<string | undefined> {
  const found = await database.prepare(`SELECT incarnation FROM ${STATE} WHERE id = 1`).first("incarnation");
  return found === null ? undefined : String(found);
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
