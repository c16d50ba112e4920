import { grantsSql, secretSql } from "./access-sql.ts";
import { CHANGES_SQL, changesWrapperSql } from "./changes-sql.ts";
import { DDL_SQL, DROP_EVENT_TRIGGERS_SQL, EVENT_TRIGGERS_SQL } from "./ddl-sql.ts";
import { GUARD_SQL } from "./guard-sql.ts";
import { NUDGE_SQL } from "./nudge-sql.ts";
import {
  type AccessOptions,
  type CaptureOptions,
  checkNudge,
  type Nudge,
  type RemoveOptions,
  resolveAccess,
  splitRelation,
  type WatchedTable,
} from "./options.ts";
import { PRUNE_SQL } from "./prune-sql.ts";
import { identifier, literal, textArray } from "./quote.ts";
import { schemaAnswerSql } from "./schema-answer-sql.ts";
import { STORAGE_SQL, settingsSql } from "./storage-sql.ts";
import { TRIGGER_SQL } from "./trigger-sql.ts";
import { WATCH_SQL } from "./watch-sql.ts";

const SCHEMA_FUNCTION = "tidemark_schema(text, text[], text)";
const CAPTURE_FUNCTIONS = [
  SCHEMA_FUNCTION,
  "tidemark_changes(text, text, text, bigint, int)",
  "tidemark_prune(text)",
];

/**
 * The migration that captures changes, for Postgres 14 to 18 and Supabase; no superuser needed. Run it as the
 * owner of the tables, best in one transaction. Running it again brings everything up to date: tables are added
 * to those watched (`select tidemark.unwatch('public.articles')` takes one away), the secret is replaced.
 *
 * @throws CaptureOptionsError
 */
export function captureSql(options: CaptureOptions): string {
  const access = resolveAccess(options);
  if (options.nudge !== undefined) checkNudge(options.nudge);
  return [
    "set client_min_messages = warning;",
    DROP_EVENT_TRIGGERS_SQL,
    settingsSql(access.schemas, options.timeZone ?? "UTC"),
    STORAGE_SQL,
    secretSql(access),
    NUDGE_SQL,
    PRUNE_SQL,
    GUARD_SQL,
    TRIGGER_SQL,
    WATCH_SQL,
    DDL_SQL,
    CHANGES_SQL,
    changesWrapperSql(access.exposedSchema),
    schemaAnswerSql(access.exposedSchema),
    "reset client_min_messages;",
    grantsSql(access, CAPTURE_FUNCTIONS),
    ...options.tables.map(watchSql),
    COVER_SQL,
    options.nudge === undefined ? "" : nudgeSettingSql(options.nudge),
    EVENT_TRIGGERS_SQL,
    RELOAD_SQL,
  ].join("\n");
}

/** `tidemark_schema` alone, for those whose changes come as webhooks. Removed in the same way. */
export function schemaSql(options: AccessOptions): string {
  const access = resolveAccess(options);
  return [
    settingsSql(access.schemas, "UTC"),
    secretSql(access),
    schemaAnswerSql(access.exposedSchema),
    grantsSql(access, [SCHEMA_FUNCTION]),
    RELOAD_SQL,
  ].join("\n");
}

/** Takes everything away that {@link captureSql} and {@link schemaSql} made, triggers included. */
export function removeCaptureSql(options: RemoveOptions = {}): string {
  const { exposedSchema = "public", keeperRole = "tidemark_keeper" } = options;
  const drops = [...CAPTURE_FUNCTIONS, "tidemark_schema(text)"].map(
    (each) => `drop function if exists ${identifier(exposedSchema)}.${each};`,
  );
  return `
set client_min_messages = warning;
${DROP_EVENT_TRIGGERS_SQL}
drop schema if exists tidemark cascade;
${drops.join("\n")}
reset client_min_messages;
do $tidemark$
begin
  if to_regrole(${literal(identifier(keeperRole))}) is null then return; end if;
  revoke usage on schema ${identifier(exposedSchema)} from ${identifier(keeperRole)};
  drop role ${identifier(keeperRole)};
exception when dependent_objects_still_exist or insufficient_privilege then
  raise notice 'tidemark: role % stays: %', ${literal(keeperRole)}, sqlerrm;
end $tidemark$;
${RELOAD_SQL}`;
}

/** A newer version of this migration may write the triggers' functions differently. */
const COVER_SQL = `
select tidemark.tell_schema_change() from (
  select bool_or(tidemark.cover(w.relation)) as changed from tidemark.watched w
  where exists (select from pg_catalog.pg_class c where c.oid = w.relation)) x
where x.changed;
`;

/** PostgREST looks for functions once; this makes it look again. */
const RELOAD_SQL = "notify pgrst, 'reload schema';\n";

function watchSql({ relation, columns }: WatchedTable): string {
  const { schema, table } = splitRelation(relation);
  const name = literal(`${identifier(schema)}.${identifier(table)}`);
  return `select tidemark.watch(${name}${columns === undefined ? "" : `, columns => ${textArray(columns)}`});`;
}

function nudgeSettingSql(nudge: Nudge): string {
  const settings = typeof nudge === "string" ? [nudge] : ["http", nudge.url, nudge.secret];
  return `select tidemark.set_nudge(${settings.map(literal).join(", ")});`;
}
