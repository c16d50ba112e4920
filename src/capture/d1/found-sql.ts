import { OUR_TRIGGERS, STATE, WATCHED } from "./names.ts";

const OBJECT = "type || ' ' || name || ' ' || coalesce(sql, '')";
const NOT_SQLITES = "name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";

/**
 * A table, its indexes and its triggers as they are now, in one text. SQLite hashes nothing, so texts are compared (R6).
 *
 * @param table an SQL expression of its name
 * @param condition which of the objects count
 */
export function tableFoundSql(table: string, condition = "1"): string {
  return `(SELECT group_concat(${OBJECT}, char(10)) FROM (SELECT type, name, sql FROM sqlite_schema
    WHERE tbl_name = ${table} COLLATE NOCASE AND ${NOT_SQLITES} AND ${condition} ORDER BY type, name))`;
}

/**
 * Whether a watched table `w`, its indexes and its triggers are as they were at the installation, and our triggers still the newest
 * ones: an import may have made the same ones in another order.
 */
export const IS_WHOLE_SQL = `(w.installed IS ${tableFoundSql("w.tbl")} AND coalesce(
    (SELECT max(rowid) FROM ${triggersOf("NOT GLOB")}) < (SELECT min(rowid) FROM ${triggersOf("GLOB")}), 1))`;

function triggersOf(comparison: string): string {
  return `sqlite_schema WHERE type = 'trigger' AND tbl_name = w.tbl COLLATE NOCASE AND name ${comparison} '${OUR_TRIGGERS}'`;
}

/** The whole schema as it is now, and what is followed of it. Unsorted, since sorting would read each row twice. */
export const FOUND_SQL = `((SELECT installation FROM ${STATE}) || char(10)
  || coalesce((SELECT group_concat(tbl || ' ' || followed, char(10)) FROM (SELECT tbl, followed FROM ${WATCHED} ORDER BY tbl)), '') || char(10)
  || (SELECT group_concat(${OBJECT}, char(10)) FROM sqlite_schema WHERE ${NOT_SQLITES}))`;
