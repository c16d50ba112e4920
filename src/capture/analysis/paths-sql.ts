import { ANALYSER, ANALYSIS_SCHEMA } from "../sql/constants.ts";
import { MAX_RESTRICTED_SCHEMAS, MAX_SCHEMAS } from "./limits.ts";

/**
 * By which search paths a body has to be parsed. What Postgres finds for a name must not depend on who calls the function
 * and from where, as an analysis holds for all of them.
 *
 * - **With a path of its own** (`SET search_path = …`): by that path. It leaves out, for each caller anew, the schemas which
 *   that caller may not use. So of those that not everybody may use, each choice has to lead to the same tree, or to none.
 * - **Without one** the caller's path counts: PostgREST's, or that of another function. So everything in it must be found
 *   with an empty path (every name is qualified, or Postgres' own), and be the same with the functions, operators and types
 *   of every schema (that the role may use, or that is on a path) beside Postgres' own, before them and after them. If the best match is the same among all of them, it is
 *   the same among some of them.
 *
 * Temporary schemas come last here. What a session's own temporary objects hide from a function whose path does not say so
 * is not seen.
 */
export const PATHS_SQL = `
create or replace function tidemark.may_analyse_in(schema text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select not exists (select from pg_catalog.pg_namespace n where n.nspname = schema and not has_schema_privilege('${ANALYSER}', n.oid, 'usage'))
$tidemark$;

-- Schemas that may be on the path of who calls a function: PostgREST's, as far as the database knows it, and those of other
-- functions.
create or replace function tidemark.schemas_on_paths() returns text[]
language sql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on as $tidemark$
  select array(
    select n.nspname::pg_catalog.text from pg_catalog.pg_namespace n
    where n.nspname in ('public', 'extensions') or n.nspname in (select unnest(s.schemas) from tidemark.settings s) or n.nspname in (
      select regexp_split_to_table(substr(c, position('=' in c) + 1), '[",\\s]+')
      from (select unnest(p.proconfig) from pg_catalog.pg_proc p where p.proconfig is not null
        union select unnest(s.setconfig) from pg_catalog.pg_db_role_setting s) x (c)
      where c ~ '^(search_path|pgrst[.]db_(schemas|extra_search_path))='))
$tidemark$;

-- The paths; which of them the body must be valid by; and the names of the schemas on a path of its own, whether they
-- exist or not. Or why none is right. "others" is what schemas_on_paths says.
create or replace function tidemark.analysis_paths(config text[], others text[], out paths text[], out needed int, out schemas text[], out refusal text)
language plpgsql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on as $tidemark$
declare
  written pg_catalog.text := (select substr(c, length('search_path=') + 1) from unnest(config) c where c ~ '^search_path=');
  every pg_catalog.text;
  restricted pg_catalog.text[];
begin
  if written is null then
    select 'the role ${ANALYSER} may not use the schema ' || x.name into refusal
      from unnest(others) x (name) where not tidemark.may_analyse_in(x.name) limit 1;
    if found then return; end if;
    others := array(select quote_ident(n.nspname) from pg_catalog.pg_namespace n
      where n.nspname !~ '^(pg_|information_schema$|tidemark$|${ANALYSIS_SCHEMA}$)' and has_schema_privilege('${ANALYSER}', n.oid, 'usage')
      order by n.nspname);
    if cardinality(others) > ${MAX_SCHEMAS} then
      refusal := 'it has no search_path, and there are many schemas';
      return;
    end if;
    every := array_to_string(others, ', ');
    paths := array['pg_temp', concat_ws(', ', nullif(every, ''), 'pg_temp'), concat_ws(', ', nullif(every, ''), 'pg_catalog, pg_temp')];
    needed := 3;
    schemas := array[]::pg_catalog.text[];
    return;
  end if;
  if written !~ '^\\s*(("([^"]|"")*"|[a-z_][a-z0-9_$]*)\\s*(,\\s*("([^"]|"")*"|[a-z_][a-z0-9_$]*)\\s*)*)?$' then
    refusal := 'its search_path is not understood';
    return;
  end if;
  select coalesce(array_agg(e.name order by e.at), array[]::pg_catalog.text[]) into schemas
    from (select coalesce(m.part[2], replace(m.part[1], '""', '"')) as name, m.at
      from regexp_matches(written, '"((?:[^"]|"")*)"|([a-z_][a-z0-9_$]*)', 'g') with ordinality m (part, at)) e
    where e.name not in ('', 'pg_temp');
  if exists (select from unnest(schemas) s (name) where s.name = '$user' or (s.name ~ '^pg_' and s.name <> 'pg_catalog')) then
    refusal := 'its search_path depends on the session';
    return;
  end if;
  select 'the role ${ANALYSER} may not use the schema ' || s.name into refusal
    from unnest(schemas) s (name) where not tidemark.may_analyse_in(s.name) limit 1;
  if found then return; end if;
  restricted := array(select s.name from unnest(schemas) s (name) join pg_catalog.pg_namespace n on n.nspname = s.name
    where not has_schema_privilege('public', n.oid, 'usage') order by s.name);
  if cardinality(restricted) > ${MAX_RESTRICTED_SCHEMAS} then
    refusal := 'its search_path has many schemas that not everybody may use';
    return;
  end if;
  needed := 1;
  paths := array(
    select concat_ws(', ', (
      select string_agg(quote_ident(s.name), ', ' order by s.at) from unnest(schemas) with ordinality s (name, at)
      where not exists (select from unnest(restricted) with ordinality r (name, bit)
        where r.name = s.name and (choice.left_out >> (r.bit - 1)::pg_catalog.int4) & 1 = 1)), 'pg_temp')
    from generate_series(0, (1 << cardinality(restricted)) - 1) choice (left_out) order by choice.left_out);
end $tidemark$;
`;
