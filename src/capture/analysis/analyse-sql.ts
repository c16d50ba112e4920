import { ANALYSIS_SCHEMA } from "../sql/constants.ts";
import { IS_QUOTED } from "./candidates-sql.ts";
import { ANALYSIS_TIME, MAX_FUNCTIONS } from "./limits.ts";
import { FUNCTION_FINGERPRINT } from "./storage-sql.ts";

/**
 * Finds out what functions of SQL read whose bodies are texts, which Postgres itself does not know until it runs them. It
 * parses each body as if it were `BEGIN ATOMIC` (analyser-sql.ts), after all DDL, since any name in it may mean something
 * else by then, unless no name has changed since. Only those that policies, views, other such functions and PostgREST lead to.
 */
export const ANALYSE_SQL = `
-- One function, by the ways that analysis_paths has found; as a row to store.
create or replace function tidemark.analyse_function(function oid, ways jsonb, treacherous text, refused text, out result tidemark.analysis)
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  arguments pg_catalog.text;
  body pg_catalog.text;
  name pg_catalog.text;
  paths pg_catalog.text[] := array(select jsonb_array_elements_text(nullif(ways -> 'paths', 'null')));
  found_tree pg_catalog.text;
  parsed pg_catalog.record;
begin
  result.function := function;
  select ${FUNCTION_FINGERPRINT}, p.proname, p.prosrc, (
      -- Those that a body may name.
      select string_agg(format('%s %I.%I', case when a.name <> '' then quote_ident(a.name) end, n.nspname, t.typname), ', ' order by a.at)
      from (
        select x.type, coalesce(x.name, '') as name, x.at
        from unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]), p.proargmodes, p.proargnames)
          with ordinality x (type, mode, name, at)
        where x.type is not null and coalesce(x.mode, 'i') in ('i', 'b', 'v')
      ) a join pg_catalog.pg_type t on t.oid = a.type join pg_catalog.pg_namespace n on n.oid = t.typnamespace)
    into strict result.fingerprint, name, body, arguments from pg_catalog.pg_proc p where p.oid = function;
  result.refusal := coalesce(refused, tidemark.refusal_before(function, treacherous), ways ->> 'refusal');
  if result.refusal is not null then return; end if;
  for i in 1 .. cardinality(paths) loop
    select * into parsed from ${ANALYSIS_SCHEMA}.parse(name, coalesce(arguments, ''), body, paths[i]);
    -- What it cannot mean by this path, it cannot mean when it runs, which is an error then.
    continue when i > (ways ->> 'needed')::int and parsed.code ~ '^42' and parsed.code <> '42501';
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
        into result.relations, result.numbers, result.uses
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
    result.uses := null;
  end if;
end $tidemark$;

create or replace function tidemark.analyse_functions() returns void
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  began pg_catalog.timestamptz := clock_timestamp();
  waiting pg_catalog.oid[];
  called pg_catalog.oid[];
  seen pg_catalog.oid[] := array[]::pg_catalog.oid[];
  ids bigint[] := array[]::bigint[];
  earlier bigint[];
  known tidemark.analysis;
  found_one tidemark.analysis;
  digest pg_catalog.text;
  treacherous pg_catalog.text;
  others pg_catalog.text[];
  config pg_catalog.text;
  -- By the functions' settings.
  ways pg_catalog.jsonb := '{}';
  admitted int := 0;
  current_version bigint := tidemark.schema_version();
begin
  if tidemark.is_in_extension() then return; end if;
  waiting := array(select tidemark.quoted_functions());
  if cardinality(waiting) > 0 and tidemark.analysis_obstacle() is null then
    treacherous := tidemark.treacherous_type();
    others := tidemark.schemas_on_paths();
    perform tidemark.let_analyse(waiting, others);
    admitted := cardinality(waiting);
    digest := tidemark.names_digest(others);
    earlier := (select r.analyses from tidemark.analysis_run r where r.names = digest order by r.version desc limit 1);
    while cardinality(waiting) > 0 loop
      if admitted < cardinality(seen || waiting) then
        perform tidemark.let_analyse(waiting, others);
        admitted := cardinality(seen || waiting);
      end if;
      seen := seen || waiting[1];
      select coalesce(p.proconfig::pg_catalog.text, '') into config from pg_catalog.pg_proc p where p.oid = waiting[1];
      if ways -> config is null then
        ways := ways || (select jsonb_build_object(config, to_jsonb(a))
          from pg_catalog.pg_proc p cross join lateral tidemark.analysis_paths(p.proconfig, others) a where p.oid = waiting[1]);
      end if;
      -- What was understood before, and is the same still. What was not may have been bad luck.
      select a.* into known from tidemark.analysis a join pg_catalog.pg_proc p on p.oid = a.function
        where a.id = any (earlier) and a.function = waiting[1] and a.refusal is null and a.fingerprint = ${FUNCTION_FINGERPRINT} limit 1;
      if not found then
        found_one := tidemark.analyse_function(waiting[1], ways -> config, treacherous,
          case when cardinality(seen) > ${MAX_FUNCTIONS} then 'there are too many functions'
            when clock_timestamp() > began + '${ANALYSIS_TIME}' then 'there was no time left' end);
        insert into tidemark.analysis (function, fingerprint, refusal, tree, printed, relations, numbers, uses)
          values (found_one.function, found_one.fingerprint, found_one.refusal, found_one.tree, found_one.printed, found_one.relations,
            found_one.numbers, found_one.uses) returning * into known;
      end if;
      ids := ids || known.id;
      -- What it calls comes next: before whatever else PostgREST may call, for which there may be no time left.
      called := array(
        select distinct p.oid from unnest(known.uses) u (oid) left join pg_catalog.pg_operator o on o.oid = u.oid
        cross join lateral (values (u.oid), (o.oprcode::pg_catalog.oid)) c (oid) join pg_catalog.pg_proc p on p.oid = c.oid
        join pg_catalog.pg_language l on l.oid = p.prolang join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where ${IS_QUOTED} and p.oid <> all (seen));
      waiting := called || array(
        select w.oid from unnest(waiting[2:]) with ordinality w (oid, at) where w.oid <> all (called) order by w.at);
    end loop;
    insert into tidemark.analysis_run (version, analyses, schemas, names) values (current_version, ids, array(
      select distinct e.name from jsonb_each(ways) w (config, way) cross join lateral jsonb_array_elements_text(nullif(w.way -> 'schemas', 'null')) e (name)), digest);
  end if;
  perform tidemark.forget_analyses(current_version);
exception when others then
  -- All functions of this version are opaque then.
  raise warning 'tidemark could not analyse functions: %', sqlerrm;
end $tidemark$;
`;
