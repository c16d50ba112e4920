import { tableFoundSql } from "./found-sql.ts";
import { isOurTrigger, OUR_TRIGGERS, OUTBOX, STATE, TRIGGER_KINDS, triggerName, WATCHED } from "./names.ts";
import { type D1CaptureOptions, type WatchPlan, watchPlans } from "./options.ts";
import { identifier, text } from "./quote.ts";
import type { D1Schema, D1Table } from "./schema/schema.ts";
import { FLUSH_ALL_SQL, STORAGE_SQL, stateSql } from "./storage-sql.ts";
import { othersTriggers, triggersSql } from "./triggers/trigger-sql.ts";

/**
 * The statements that install capture, or bring an installation up to date, each without its semicolon. It first takes all of
 * our triggers off, so that they are the newest ones afterwards: SQLite runs the newest first, and another one before ours could
 * end the statement with RAISE(IGNORE), and keep its row.
 *
 * @throws D1OptionsError when an option names what is not there, or cannot be watched
 */
export function installD1Sql(schema: D1Schema, options: D1CaptureOptions = {}): readonly string[] {
  const plans = watchPlans(schema, options);
  return [
    ...plans.map(({ table }) => unchangedSql(table)),
    ...dropTriggersSql(schema, plans),
    ...STORAGE_SQL,
    ...stateSql(options.tables),
    ...plans.flatMap(triggersSql),
    `DELETE FROM ${WATCHED}`,
    ...plans.map(watchedSql),
    FLUSH_ALL_SQL,
  ];
}

/** Takes the triggers off, and leaves what is written down. Tables without triggers are not watched. */
export function offD1Sql(schema: D1Schema): readonly string[] {
  return dropTriggersSql(schema);
}

/** Removes everything of ours. */
export function removeD1Sql(schema: D1Schema): readonly string[] {
  return [
    ...dropTriggersSql(schema),
    ...[OUTBOX, WATCHED, STATE].map((name) => `DROP TABLE IF EXISTS ${name}`),
  ];
}

/** Statements as a script. */
export function scriptOf(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join("\n");
}

/** Those that are there, and those to be made: the database that is asked may be another one, where they have been taken off. */
function dropTriggersSql({ tables }: D1Schema, plans: readonly WatchPlan[] = []): readonly string[] {
  const found = tables.flatMap(({ triggers }) => triggers.map(({ name }) => name)).filter(isOurTrigger);
  const planned = plans.flatMap(({ table }) => TRIGGER_KINDS.map((kind) => triggerName(kind, table.name)));
  return [...new Set([...found, ...planned])]
    .sort()
    .map((name) => `DROP TRIGGER IF EXISTS ${identifier(name)}`);
}

/**
 * Fails when the table is not as it was when this SQL was made, before anything has changed. A trigger that names a column which
 * is gone is not an error when it is created; it fails every write (R10).
 */
function unchangedSql(table: D1Table): string {
  const expected = [
    ...table.indexes.map(({ name, sql }) => `index ${name} ${sql}`),
    `table ${table.name} ${table.sql}`,
    ...othersTriggers(table).map(({ name, sql }) => `trigger ${name} ${sql}`),
  ].join("\n");
  const found = tableFoundSql(text(table.name), `NOT (type = 'trigger' AND name GLOB '${OUR_TRIGGERS}')`);
  const complaint = text(
    `tidemark: ${table.name} is not as it was when this SQL was made. Run tidemark sql --d1 again`,
  );
  return `SELECT iif(${found} IS ${text(expected)}, 'as expected', json_extract('{}', ${complaint})) AS ${identifier(table.name)}`;
}

function watchedSql({ table, followed, quiet, coarse }: WatchPlan): string {
  const names = (columns: readonly { readonly name: string }[]) =>
    text(JSON.stringify(columns.map(({ name }) => name)));
  const values = [text(table.name), names(table.columns), names(followed), names(quiet), coarse ? "1" : "0"];
  return `INSERT INTO ${WATCHED} (tbl, columns, followed, quiet, coarse, installed) VALUES (${values.join(", ")}, ${tableFoundSql(text(table.name))})`;
}
