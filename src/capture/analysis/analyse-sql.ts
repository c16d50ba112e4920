import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/trees-sql.ts";
import { ANALYSER, ANALYSIS_SCHEMA, ANALYSIS_TIME, MAX_FUNCTIONS } from "./limits.ts";
import { functionFingerprint } from "./storage-sql.ts";

/** A function of SQL whose body is a text. */
const IS_QUOTED = `p.prokind = 'f' and p.prosqlbody is null and p.oid >= ${FIRST_OF_OTHERS} and l.lanname = 'sql'
    and n.nspname not in ('tidemark', '${ANALYSIS_SCHEMA}') and p.proname !~ '^tidemark_'`;

/**
 * Finds out what functions of SQL read whose bodies are texts, which Postgres itself does not know until it runs them. It
 * parses each body as if it were `BEGIN ATOMIC` (analyser-sql.ts), after all DDL, since any name in it may mean something
 * else by then. Only those that policies, views, other such functions and PostgREST lead to.
 */
export const ANALYSE_SQL = `
-- Where to begin: with what policies, views, operators, casts, domains and functions depend on, computed columns, and what
-- PostgREST runs first.
create or replace function tidemark.quoted_functions() returns setof oid
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select p.oid
  from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${IS_QUOTED} and (
    exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid = p.oid
      and d.deptype = 'n' and d.classid in ('pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
        'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
        'pg_catalog.pg_cast'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass))
    or exists (select from pg_catalog.pg_class c where c.reltype = p.proargtypes[0] and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    or p.oid in (select to_regproc(split_part(c, '=', 2))::pg_catalog.oid from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) c
      where starts_with(c, 'pgrst.db_pre_request=')))
  order by p.oid
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

-- One function; what it uses besides relations is where to go on.
create or replace function tidemark.analyse_function(function oid, treacherous text, others text[], out result tidemark.analysis, out named text[], out used oid[])
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  arguments pg_catalog.text;
  body pg_catalog.text;
  name pg_catalog.text;
  config pg_catalog.text[];
  paths pg_catalog.text[];
  needed int;
  found_tree pg_catalog.text;
  parsed pg_catalog.record;
begin
  result.function := function;
  named := array[]::pg_catalog.text[];
  select ${functionFingerprint("p")}, p.proname, p.prosrc, p.proconfig, (
      -- Those that a body may name.
      select string_agg(format('%s %I.%I', case when a.name <> '' then quote_ident(a.name) end, n.nspname, t.typname), ', ' order by a.at)
      from (
        select x.type, coalesce(x.name, '') as name, x.at
        from unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]), p.proargmodes, p.proargnames)
          with ordinality x (type, mode, name, at)
        where x.type is not null and coalesce(x.mode, 'i') in ('i', 'b', 'v')
      ) a join pg_catalog.pg_type t on t.oid = a.type join pg_catalog.pg_namespace n on n.oid = t.typnamespace)
    into strict result.fingerprint, name, body, config, arguments from pg_catalog.pg_proc p where p.oid = function;
  result.refusal := tidemark.refusal_before(function, treacherous);
  if result.refusal is not null then return; end if;
  select a.paths, a.needed, coalesce(a.schemas, named), a.refusal into paths, needed, named, result.refusal from tidemark.analysis_paths(config, others) a;
  if result.refusal is not null then return; end if;
  for i in 1 .. cardinality(paths) loop
    select * into parsed from ${ANALYSIS_SCHEMA}.parse(name, coalesce(arguments, ''), body, paths[i]);
    -- What it cannot mean by this path, it cannot mean when it runs, which is an error then.
    continue when i > needed and parsed.code ~ '^42' and parsed.code <> '42501';
    if parsed.code is not null then
      result.refusal := parsed.problem;
    elsif i = 1 then
      found_tree := parsed.tree;
      result.refusal := tidemark.refusal_after(function, parsed.tree, parsed.classes);
      result.tree := parsed.tree;
      result.printed := parsed.printed;
      select coalesce(array_agg(u.object) filter (where u.class = 'pg_catalog.pg_class'::pg_catalog.regclass), array[]::pg_catalog.oid[]),
        coalesce(array_agg(u.number) filter (where u.class = 'pg_catalog.pg_class'::pg_catalog.regclass), array[]::pg_catalog.int4[]),
        array_agg(u.object) filter (where u.class <> 'pg_catalog.pg_class'::pg_catalog.regclass)
        into result.relations, result.numbers, used
        from unnest(parsed.classes, parsed.objects, parsed.numbers) u (class, object, number);
    elsif parsed.tree is distinct from found_tree then
      result.refusal := 'what its names mean depends on who calls it';
    end if;
    exit when result.refusal is not null;
  end loop;
  if result.refusal is not null then
    result.tree := null;
    result.printed := null;
    result.relations := null;
    result.numbers := null;
  end if;
end $tidemark$;

create or replace function tidemark.analyse_functions() returns void
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  began pg_catalog.timestamptz := clock_timestamp();
  waiting pg_catalog.oid[];
  seen pg_catalog.oid[] := array[]::pg_catalog.oid[];
  ids bigint[] := array[]::bigint[];
  named pg_catalog.text[] := array[]::pg_catalog.text[];
  each pg_catalog.record;
  known bigint;
  treacherous pg_catalog.text;
  others pg_catalog.text[];
  admitted int := 0;
  current_version bigint := tidemark.schema_version();
begin
  if tidemark.is_in_extension() then return; end if;
  waiting := array(select tidemark.quoted_functions());
  if cardinality(waiting) > 0 and tidemark.analysis_obstacle() is null then
    treacherous := tidemark.treacherous_type();
    others := tidemark.schemas_on_paths();
    while cardinality(waiting) > 0 and cardinality(seen) < ${MAX_FUNCTIONS} and clock_timestamp() < began + '${ANALYSIS_TIME}' loop
      if admitted < cardinality(seen || waiting) then
        perform tidemark.let_analyse(waiting, others);
        admitted := cardinality(seen || waiting);
      end if;
      seen := seen || waiting[1];
      select * into each from tidemark.analyse_function(waiting[1], treacherous, others);
      waiting := waiting[2:];
      select a.id into known from tidemark.analysis a
        where a.function = (each.result).function and a.fingerprint = (each.result).fingerprint
          and a.refusal is not distinct from (each.result).refusal and a.tree is not distinct from (each.result).tree
          and a.printed is not distinct from (each.result).printed and a.relations is not distinct from (each.result).relations
          and a.numbers is not distinct from (each.result).numbers limit 1;
      if not found then
        insert into tidemark.analysis (function, fingerprint, refusal, tree, printed, relations, numbers)
          select (each.result).function, (each.result).fingerprint, (each.result).refusal, (each.result).tree, (each.result).printed,
            (each.result).relations, (each.result).numbers returning id into known;
      end if;
      ids := ids || known;
      named := array(select distinct s.name from unnest(named || each.named) s (name));
      waiting := waiting || array(
        select distinct p.oid from unnest(each.used) u (oid) left join pg_catalog.pg_operator o on o.oid = u.oid
        join pg_catalog.pg_proc p on p.oid in (u.oid, o.oprcode::pg_catalog.oid)
        join pg_catalog.pg_language l on l.oid = p.prolang join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where ${IS_QUOTED} and p.oid <> all (seen || waiting));
    end loop;
    insert into tidemark.analysis_run (version, analyses, schemas) values (current_version, ids, named);
  end if;
  perform tidemark.forget_analyses(current_version);
exception when others then
  -- All functions of this version are opaque then.
  raise warning 'tidemark could not analyse functions: %', sqlerrm;
end $tidemark$;
`;
