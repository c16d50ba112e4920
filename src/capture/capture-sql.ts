import { ANALYSE_SQL } from "./analysis/analyse-sql.ts";
import { ANALYSER_SQL, OBSTACLE_TO_ANALYSIS_SQL, REMOVE_ANALYSER_SQL } from "./analysis/analyser-sql.ts";
import { CANDIDATES_SQL } from "./analysis/candidates-sql.ts";
import { NAMES_SQL } from "./analysis/names-sql.ts";
import { PATHS_SQL } from "./analysis/paths-sql.ts";
import { REFUSAL_SQL } from "./analysis/refusal-sql.ts";
import { ANALYSES, ANALYSIS_STORAGE_SQL } from "./analysis/storage-sql.ts";
import { CHANGES_SQL, changesWrapperSql } from "./outbox/changes-sql.ts";
import { GUARD_SQL } from "./outbox/guard-sql.ts";
import { REPLICA_IDENTITY_SQL } from "./outbox/identity-sql.ts";
import { NUDGE_SQL } from "./outbox/nudge-sql.ts";
import { PRUNE_SQL } from "./outbox/prune-sql.ts";
import { schemaAnswerSql } from "./outbox/schema-answer-sql.ts";
import { STORAGE_SQL, settingsSql } from "./outbox/storage-sql.ts";
import { WHOAMI_FUNCTION, whoamiSql } from "./outbox/whoami-sql.ts";
import { callersSql, grantsSql, secretSql } from "./sql/access-sql.ts";
import { framedSql, ownershipSql } from "./sql/frame-sql.ts";
import {
  LIMIT_WAITING_SQL,
  LOCK_SQL,
  LOCK_TO_REMOVE_SQL,
  lockSql,
  WAIT_AS_BEFORE_SQL,
} from "./sql/lock-sql.ts";
import {
  type AccessOptions,
  type CaptureOptions,
  checkNudge,
  type Nudge,
  qualifiedName,
  type RemoveOptions,
  resolveAccess,
  type WatchedTable,
} from "./sql/options.ts";
import { identifier, literal, textArray } from "./sql/quote.ts";
import { BATCHES_SQL } from "./watch/batches-sql.ts";
import { COLUMN_SQL } from "./watch/column-sql.ts";
import { DDL_SQL, DROP_EVENT_TRIGGERS_SQL, EVENT_TRIGGERS_SQL } from "./watch/ddl-sql.ts";
import { FINGERPRINT_SQL } from "./watch/fingerprint-sql.ts";
import { IMAGES_SQL } from "./watch/images-sql.ts";
import { OBSTACLE_SQL } from "./watch/obstacle-sql.ts";
import { TRIGGER_SQL } from "./watch/trigger-sql.ts";
import { WATCH_SQL } from "./watch/watch-sql.ts";

const SCHEMA_FUNCTION = "tidemark_schema(text, text[], text)";
const CAPTURE_FUNCTIONS = [
  SCHEMA_FUNCTION,
  "tidemark_changes(text, text, text, bigint, int)",
  "tidemark_prune(text)",
];
/** All that is created in the exposed schema. */
const EXPOSED_FUNCTIONS = [...CAPTURE_FUNCTIONS, WHOAMI_FUNCTION];

/**
 * The migration that captures changes, for Postgres 14 to 18 and Supabase. It needs no superuser. Run it as the owner
 * of the tables, best in one transaction. To run it again brings everything up to date: it adds tables to the watched
 * ones (`select tidemark.unwatch('public.articles')` removes one) and replaces the secret. Callers, nudges and time zone stay as they
 * are, unless they are given.
 *
 * @param followedBy relations (`schema.table`) that the SQL after this one will watch, to lock them with the others
 * @throws CaptureOptionsError for an invalid option
 */
export function captureSql(options: CaptureOptions, followedBy: readonly string[] = []): string {
  const access = resolveAccess(options);
  if (options.nudge !== undefined) checkNudge(options.nudge);
  const script = [
    LIMIT_WAITING_SQL,
    ownershipSql(access.exposedSchema, EXPOSED_FUNCTIONS, "create"),
    DROP_EVENT_TRIGGERS_SQL,
    settingsSql(access.schemas, options.timeZone),
    callersSql(access, SCHEMA_FUNCTION),
    STORAGE_SQL,
    ANALYSIS_STORAGE_SQL,
    secretSql(access),
    NUDGE_SQL,
    PRUNE_SQL,
    GUARD_SQL,
    REPLICA_IDENTITY_SQL,
    OBSTACLE_SQL,
    WATCH_SQL,
    COLUMN_SQL,
    IMAGES_SQL,
    BATCHES_SQL,
    TRIGGER_SQL,
    FINGERPRINT_SQL,
    LOCK_SQL,
    OBSTACLE_TO_ANALYSIS_SQL,
    REFUSAL_SQL,
    PATHS_SQL,
    CANDIDATES_SQL,
    NAMES_SQL,
    ANALYSE_SQL,
    DDL_SQL,
    CHANGES_SQL,
    changesWrapperSql(access.exposedSchema),
    schemaAnswerSql(access.exposedSchema, ANALYSES),
    whoamiSql(access.exposedSchema),
    "set client_min_messages = notice;",
    grantsSql(access, CAPTURE_FUNCTIONS, {
      roles: options.roles ?? ["authenticated"],
      functions: [WHOAMI_FUNCTION],
    }),
    ANALYSER_SQL,
    // From here on writers may have to wait. Everything that takes long is done.
    lockSql([...options.tables.map(({ relation }) => relation), ...followedBy].map(qualifiedName)),
    OWN_TABLES_SQL,
    ...options.tables.map(watchSql),
    coverSql(options.tables.map(({ relation }) => qualifiedName(relation))),
    options.nudge === undefined ? "" : nudgeSettingSql(options.nudge),
    "select tidemark.analyse_functions();",
    EVENT_TRIGGERS_SQL,
    // Again, because another role may have made one of the functions first, and would still own it.
    ownershipSql(access.exposedSchema, EXPOSED_FUNCTIONS, "installed"),
    COUNT_AT_ONCE_SQL,
    RELOAD_SQL,
    WAIT_AS_BEFORE_SQL,
  ].join("\n");
  return framedSql(script);
}

/**
 * The SQL that installs `tidemark_schema` alone, for when changes come as webhooks. It refuses to run where capture is
 * installed. {@link removeCaptureSql} removes it as well.
 *
 * @throws CaptureOptionsError for an invalid option
 */
export function schemaSql(options: AccessOptions): string {
  const access = resolveAccess(options);
  const script = [
    LIMIT_WAITING_SQL,
    ownershipSql(access.exposedSchema, EXPOSED_FUNCTIONS, "create"),
    REFUSE_OVER_CAPTURE_SQL,
    settingsSql(access.schemas, undefined),
    callersSql(access, SCHEMA_FUNCTION),
    secretSql(access),
    schemaAnswerSql(access.exposedSchema),
    "set client_min_messages = notice;",
    grantsSql(access, [SCHEMA_FUNCTION]),
    ownershipSql(access.exposedSchema, EXPOSED_FUNCTIONS, "installed"),
    RELOAD_SQL,
    WAIT_AS_BEFORE_SQL,
  ].join("\n");
  return framedSql(script);
}

/** The SQL that removes everything that {@link captureSql} and {@link schemaSql} made, including triggers. */
export function removeCaptureSql(options: RemoveOptions = {}): string {
  const { exposedSchema = "public", keeperRole = "tidemark_keeper" } = options;
  const drops = [...EXPOSED_FUNCTIONS, "tidemark_schema(text)"].map(
    (each) => `drop function if exists ${identifier(exposedSchema)}.${each};`,
  );
  return framedSql(`
${LIMIT_WAITING_SQL}
${ownershipSql(exposedSchema, EXPOSED_FUNCTIONS, "remove")}
${LOCK_TO_REMOVE_SQL}
${DROP_EVENT_TRIGGERS_SQL}
drop schema if exists tidemark cascade;
${REMOVE_ANALYSER_SQL}
${drops.join("\n")}
set client_min_messages = notice;
do $tidemark$
declare
  exposed text := ${literal(exposedSchema)};
  keeper text := ${literal(keeperRole)};
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = keeper) then return; end if;
  execute format('revoke usage on schema %I from %I', exposed, keeper);
  execute format('drop role %I', keeper);
exception when dependent_objects_still_exist or insufficient_privilege then
  raise notice 'tidemark: role % stays: %', keeper, sqlerrm;
end $tidemark$;
${RELOAD_SQL}${WAIT_AS_BEFORE_SQL}`);
}

/** What this has changed of roles is counted now and not some seconds late, when it would flush everything once more. */
const COUNT_AT_ONCE_SQL = `
do $tidemark$
begin
  perform pg_catalog.pg_stat_force_next_flush();
exception when undefined_function then
  -- PostgreSQL 14 counts within a second.
  null;
end $tidemark$;
`;

const OWN_TABLES_SQL = "select tidemark.guard();\nselect tidemark.identify();\n";

/** Rewrites the triggers' functions of tables watched before, as a newer version of this migration may differ. */
function coverSql(watched: readonly string[]): string {
  return `
select tidemark.tell_schema_change() from (
  select bool_or(tidemark.cover(w.relation)) as changed from tidemark.watched w
  where w.relation <> all (${textArray(watched)}::regclass[])
    and exists (select from pg_catalog.pg_class c where c.oid = w.relation)) x
where x.changed;
`;
}

/** `schemaSql` has no time zone, and its schemas would make capture report less. */
const REFUSE_OVER_CAPTURE_SQL = `
do $tidemark$
begin
  if to_regclass('tidemark.outbox') is not null then
    raise exception 'tidemark: capture is installed here; run tidemark sql without --schema-only'
      using hint = 'Or take it away first: tidemark sql --remove.';
  end if;
end $tidemark$;
`;

/** Makes PostgREST look for functions again. */
const RELOAD_SQL = "notify pgrst, 'reload schema';\n";

function watchSql({ relation, columns }: WatchedTable): string {
  const name = literal(qualifiedName(relation));
  return `select tidemark.watch(${name}${columns === undefined ? "" : `, columns => ${textArray(columns)}`});`;
}

function nudgeSettingSql(nudge: Nudge): string {
  const settings = typeof nudge === "string" ? [nudge] : ["http", nudge.url, nudge.secret];
  return `select tidemark.set_nudge(${settings.map(literal).join(", ")});`;
}
