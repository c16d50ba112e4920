import { schemaFunctionSql } from "../../postgrest/schema/sql/schema-sql.ts";
import { OUTBOX_FORM } from "../sql/constants.ts";
import { identifier, literal } from "../sql/quote.ts";
import { DATABASE_SQL } from "./database-sql.ts";

/**
 * `POST /rpc/tidemark_schema` with the secret, the tables that are cached (`schema.table`; default: all) and the role
 * that reads (default: unknown). It answers
 *
 * ```
 * { "version": n | null,    rises with every change of the schema; null without capture, which counts them
 *   "schema": {…},          what `parseSchema` reads
 *   "watched": { "public.articles": { "columns": […] | null, "covered": bool, "obstacle": text | null } },
 *                           covered: every trigger is on; obstacle: why it cannot be
 *   "nudgeObstacle": text | null,   why no nudges are sent although they are switched on
 *   "database": text | null,        which database this is: see DATABASE_SQL
 *   "settings": text,       a digest of what fires no event trigger: settings by ALTER ROLE and ALTER DATABASE, and the owners
 *                           of relations and of definers' functions (REASSIGN OWNED)
 *   "bounds": bool,         whether row images have an array's bounds where one is not 1; those of webhooks do not
 *   "functionsOwned": bool, whether only the owner of the schema `tidemark` and superusers can replace what the keeper calls
 *   "analysis": { "obstacle": text | null, "refusals": { "public.f(integer)": text } },
 *                           why bodies of functions are not analysed, all of them or some; null without capture
 *   "outbox": n | null,     the form in which changes are told: `OUTBOX_FORM`; null without capture
 *   "ddl": bool,            whether event triggers notice DDL
 *   "readerExists": bool,   whether the database has the role of the reader (or `anon`)
 *   "anonObeys": bool }     whether policies are certain to bind the reader (or `anon`): it owns no table and bypasses none
 * ```
 *
 * Both installations have the same function. It looks at capture only where capture is installed.
 *
 * @param analyses as for {@link schemaFunctionSql}
 */
export function schemaAnswerSql(exposedSchema: string, analyses?: string): string {
  return `
-- From older versions: with these, a call that names the secret alone would be ambiguous.
drop function if exists tidemark.describe(text[]);
drop function if exists ${identifier(exposedSchema)}.tidemark_schema(text);
${schemaFunctionSql("tidemark.describe", analyses)}

create or replace function ${identifier(exposedSchema)}.tidemark_schema(secret text, tables text[] default null, reader text default null)
returns json language plpgsql stable security definer set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
#variable_conflict use_variable
declare
  reading pg_catalog.text := coalesce(reader, 'anon');
  described pg_catalog.text[] := (select s.schemas from tidemark.settings s);
  version bigint;
  watched pg_catalog.json;
  nudge_obstacle pg_catalog.text;
  analysis pg_catalog.json;
  exposed pg_catalog.pg_namespace;
begin
  perform tidemark.check_secret(secret);
  select * into exposed from pg_catalog.pg_namespace n where n.nspname = ${literal(exposedSchema)};
  if to_regclass('tidemark.outbox') is not null then
    select s.schema_version + (select count(*) from tidemark.schema_change) into version
      from tidemark.state s;
    select described || array_agg(distinct n.nspname::pg_catalog.text), json_object_agg(n.nspname || '.' || c.relname,
        json_build_object('columns', w.columns, 'obstacle', tidemark.obstacle(w.relation), 'covered', tidemark.obstacle(w.relation) is null
          and not exists (select from tidemark.missing_triggers(w))))
      into described, watched
      from tidemark.watched w
      join pg_catalog.pg_class c on c.oid = w.relation
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace;
    nudge_obstacle := tidemark.nudge_obstacle();
    analysis := json_build_object('obstacle', tidemark.analysis_obstacle(), 'refusals', (
      select coalesce(json_object_agg(a.function::pg_catalog.regprocedure, a.refusal order by a.function), '{}')
      from tidemark.analyses() a where a.refusal is not null));
  end if;
  return json_build_object('version', version, 'schema', tidemark.describe(described, tables, reader),
    'watched', coalesce(watched, '{}'), 'nudgeObstacle', nudge_obstacle, 'analysis', analysis, 'bounds', to_regclass('tidemark.outbox') is not null,
    'database', ${DATABASE_SQL},
    'settings', md5(concat_ws('/', (select string_agg(concat_ws(' ', s.setdatabase, s.setrole, s.setconfig), ',' order by s.setdatabase, s.setrole)
        from pg_catalog.pg_db_role_setting s),
      (select md5(string_agg(concat_ws(' ', c.oid, c.relowner), ',' order by c.oid))
        from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
          and c.relnamespace not in ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)),
      (select md5(string_agg(concat_ws(' ', p.oid, p.proowner), ',' order by p.oid)) from pg_catalog.pg_proc p where p.prosecdef))),
    'outbox', case when to_regclass('tidemark.outbox') is not null then ${OUTBOX_FORM} end,
    'functionsOwned', not exists (
      select from (
        select p.proowner as owner from pg_catalog.pg_proc p
          where p.pronamespace = exposed.oid and p.proname in ('tidemark_schema', 'tidemark_changes', 'tidemark_prune', 'tidemark_whoami')
        union all
        select case when exposed.nspowner = 'pg_database_owner'::pg_catalog.regrole then d.datdba else exposed.nspowner end
          from pg_catalog.pg_database d where d.datname = current_database()
      ) x where x.owner <> (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'tidemark')
        and not (select r.rolsuper from pg_catalog.pg_roles r where r.oid = x.owner)),
    'ddl', (select count(*) = 2 from pg_catalog.pg_event_trigger e
      where e.evtname in ('tidemark_ddl', 'tidemark_drop') and e.evtenabled = 'A'),
    'readerExists', exists (select from pg_catalog.pg_roles a where a.rolname = reading),
    'anonObeys', exists (select from pg_catalog.pg_roles a where a.rolname = reading and not a.rolsuper and not a.rolbypassrls)
      and not exists (select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (described) and c.relkind in ('r', 'p', 'v')
          and case when exists (select from pg_catalog.pg_roles a where a.rolname = reading)
            then pg_has_role(reading, c.relowner, 'USAGE') else false end));
end $tidemark$;
`;
}
