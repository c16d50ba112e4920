import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { ANALYSER, ANALYSIS_SCHEMA } from "../sql/constants.ts";

/** A function of SQL whose body is a text. */
export const IS_QUOTED = `p.prokind = 'f' and p.prosqlbody is null and p.oid >= ${FIRST_OF_OTHERS} and l.lanname = 'sql'
    and n.nspname not in ('tidemark', '${ANALYSIS_SCHEMA}') and p.proname !~ '^tidemark_'`;

/** Which functions are analysed, and what the role needs for that. */
export const CANDIDATES_SQL = `
-- Where to begin: with what policies, views, operators, casts, domains and functions depend on, and computed columns; then
-- with what PostgREST calls, if there is time left.
create or replace function tidemark.quoted_functions() returns setof oid
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select q.oid
  from (
    select p.oid, exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid = p.oid
        and d.deptype = 'n' and d.classid in ('pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
          'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
          'pg_catalog.pg_cast'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass))
      or exists (select from pg_catalog.pg_class c where c.reltype = p.proargtypes[0] and c.relkind in ('r', 'p', 'v', 'm', 'f')) as is_used,
      n.nspname = any ((select s.schemas from tidemark.settings s)::pg_catalog.text[]) as is_exposed
    from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where ${IS_QUOTED}
  ) q
  where q.is_used or q.is_exposed
  order by q.is_used desc, q.oid
$tidemark$;

-- The role needs USAGE on the schemas that bodies and paths name.
create or replace function tidemark.let_analyse(functions oid[], others text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  each pg_catalog.record;
begin
  for each in
    select n.nspname as name from pg_catalog.pg_namespace n
    where n.nspname !~ '^(pg_|information_schema$|tidemark$|${ANALYSIS_SCHEMA}$)'
      and not has_schema_privilege('${ANALYSER}', n.oid, 'usage') and has_schema_privilege(n.oid, 'usage with grant option')
      and (n.nspname = any (others)
        or exists (select from pg_catalog.pg_proc p where p.oid = any (functions)
          and (position(lower(n.nspname) in lower(p.prosrc)) > 0 or position(n.nspname in p.proconfig::pg_catalog.text) > 0
            or exists (select from pg_catalog.pg_type t where t.oid = any (p.proargtypes) and t.typnamespace = n.oid))))
  loop
    perform set_config('tidemark.covering', tidemark.covering_mark(), true);
    execute format('grant usage on schema %I to ${ANALYSER}', each.name);
    -- Nobody else's code may read it.
    perform set_config('tidemark.covering', '', true);
  end loop;
exception when others then
  -- Another session grants the same. Those that name the schema are not understood then.
  perform set_config('tidemark.covering', '', true);
end $tidemark$;

-- What an extension's script does counts once more at its end, and a GRANT in it would be taken for the extension's own.
create or replace function tidemark.is_in_extension() returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  return exists (select from pg_event_trigger_ddl_commands() c where c.in_extension);
exception when others then
  -- Not called by DDL, or by DROP.
  return false;
end $tidemark$;
`;
