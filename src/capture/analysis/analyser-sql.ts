import { ANALYSER, ANALYSIS_SCHEMA } from "../sql/constants.ts";
import { literal } from "../sql/quote.ts";
import { ANALYSIS_LOCK_TIMEOUT, MAX_TREE_BYTES } from "./limits.ts";

/**
 * Parses a body in the name of a role that may do nothing, and undoes that at once.
 *
 * **No code of anybody's may run meanwhile**, as it would run in the session of whoever changes the schema: a statement
 * that it prepares there outlives every rollback. So only bodies come here that can neither close the block nor make
 * Postgres read a text by a type with code of its own (refusal-sql.ts). No function's body is run, planned or inlined here,
 * defaults of arguments are not taken over, and the result's type, which could cast, is `void`. Should some code run all
 * the same, it is no more than this role.
 *
 * Names are looked up by `path`, in temporary schemas last, and a body that finds something there is refused. The clone is
 * in a schema of its own, since whoever has used a temporary one cannot prepare the transaction.
 */
const PARSE_SQL = `
create function ${ANALYSIS_SCHEMA}.parse(name text, arguments text, body text, path text, out tree text, out printed text,
  out classes oid[], out objects oid[], out numbers int4[], out code text, out problem text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set check_function_bodies = off
set standard_conforming_strings = on set quote_all_identifiers = off set lock_timeout = '${ANALYSIS_LOCK_TIMEOUT}' as $tidemark$
declare
  clone oid;
  command pg_catalog.text := format('create function ${ANALYSIS_SCHEMA}.%I(%s) returns void language sql begin atomic %s%s; end',
    name, arguments, body, chr(10));
begin
  begin
    perform set_config('search_path', path, true);
    execute command;
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    select p.oid, p.prosqlbody::pg_catalog.text, pg_get_function_sqlbody(p.oid) into strict clone, tree, printed
      from pg_catalog.pg_proc p where p.proname = parse.name::pg_catalog.name
        and p.pronamespace = '${ANALYSIS_SCHEMA}'::pg_catalog.regnamespace and p.prosqlbody is not null;
    select array_agg(d.refclassid), array_agg(d.refobjid), array_agg(d.refobjsubid) into classes, objects, numbers
      from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = clone and d.deptype = 'n'
        and d.refclassid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
          'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass);
    problem := case
      when exists (select from unnest(objects) o (id) join (
          select c.oid, c.relnamespace as schema from pg_catalog.pg_class c union all select p.oid, p.pronamespace from pg_catalog.pg_proc p
          union all select y.oid, y.typnamespace from pg_catalog.pg_type y union all select r.oid, r.oprnamespace from pg_catalog.pg_operator r
        ) x on x.oid = o.id join pg_catalog.pg_namespace n on n.oid = x.schema where n.nspname ~ '^pg_temp') then 'it finds something temporary'
      when octet_length(tree) > ${MAX_TREE_BYTES} then 'it is too large' end;
    raise exception using errcode = 'TMARK';
  exception
    when sqlstate 'TMARK' then code := case when problem is null then null else 'TMARK' end;
    when others then
      code := sqlstate;
      problem := sqlerrm;
  end;
  if code is not null then tree := null; printed := null; classes := null; objects := null; numbers := null; end if;
end $tidemark$;
`;

/** Why nothing is analysed here; null if it is. Whoever may act as the role could put another function in its place. */
export const OBSTACLE_TO_ANALYSIS_SQL = `
create or replace function tidemark.analysis_obstacle() returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select case
    when to_regrole('${ANALYSER}') is null then 'there is no role ${ANALYSER}'
    when exists (select from pg_catalog.pg_roles r where r.rolname = '${ANALYSER}' and (r.rolsuper or r.rolbypassrls or r.rolcreaterole
        or r.rolcreatedb or r.rolreplication or r.rolcanlogin)) then 'the role ${ANALYSER} may do more than it should'
    when exists (select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles r on r.oid = m.member
        where m.roleid = to_regrole('${ANALYSER}') and not r.rolsuper and r.oid <> ours.nspowner) then 'others may act as ${ANALYSER}'
    when not exists (select from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid = n.nspowner
        where n.nspname = '${ANALYSIS_SCHEMA}' and (r.rolsuper or r.oid = ours.nspowner)) then 'the schema ${ANALYSIS_SCHEMA} is not ours'
    when not exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = '${ANALYSIS_SCHEMA}'
        having count(*) = 1 and bool_and(p.proname = 'parse' and p.prosecdef and p.proowner = to_regrole('${ANALYSER}')))
      then 'the schema ${ANALYSIS_SCHEMA} does not hold what it should' end
  from pg_catalog.pg_namespace ours where ours.nspname = 'tidemark'
$tidemark$;
`;

/** Where it may not make the role, nothing is analysed, and `tidemark_schema` says so. */
export const ANALYSER_SQL = `
do $tidemark$
declare
  each record;
begin
  if to_regrole('${ANALYSER}') is null then create role ${ANALYSER} nologin; end if;
  if not (select r.rolsuper from pg_roles r where r.rolname = current_user) and not pg_has_role('${ANALYSER}', 'usage') then
    execute format('grant ${ANALYSER} to %I', current_user);
  end if;
  create schema if not exists ${ANALYSIS_SCHEMA};
  if exists (select from pg_namespace n join pg_roles r on r.oid = n.nspowner
    where n.nspname = '${ANALYSIS_SCHEMA}' and not r.rolsuper and r.rolname <> current_user) then
    raise insufficient_privilege using message = 'the schema ${ANALYSIS_SCHEMA} belongs to another role';
  end if;
  -- Rights by default privileges.
  for each in select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as name
    from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = '${ANALYSIS_SCHEMA}' and a.grantee <> n.nspowner loop
    execute format('revoke all on schema ${ANALYSIS_SCHEMA} from %s cascade', each.name);
  end loop;
  for each in select p.oid::regprocedure as called from pg_proc p where p.pronamespace = '${ANALYSIS_SCHEMA}'::regnamespace loop
    execute format('drop function %s', each.called);
  end loop;
  grant usage, create on schema ${ANALYSIS_SCHEMA} to ${ANALYSER};
  execute ${literal(PARSE_SQL)};
  for each in select case a.grantee when 0 then 'public' else a.grantee::regrole::text end as name
    from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = '${ANALYSIS_SCHEMA}'::regnamespace and a.grantee <> p.proowner loop
    execute format('revoke all on function ${ANALYSIS_SCHEMA}.parse from %s cascade', each.name);
  end loop;
  alter function ${ANALYSIS_SCHEMA}.parse owner to ${ANALYSER};
  execute format('grant execute on function ${ANALYSIS_SCHEMA}.parse to %I', current_user);
exception when insufficient_privilege then
  raise notice 'tidemark: bodies of functions are not analysed: %', sqlerrm;
end $tidemark$;
`;

/** For the removing script: what of it belongs to us or to it. */
export const REMOVE_ANALYSER_SQL = `
do $tidemark$
begin
  if to_regrole('${ANALYSER}') is not null and pg_catalog.pg_has_role('${ANALYSER}', 'usage') then drop owned by ${ANALYSER}; end if;
  if exists (select from pg_catalog.pg_namespace n where n.nspname = '${ANALYSIS_SCHEMA}' and pg_catalog.pg_has_role(n.nspowner, 'usage')) then
    drop schema ${ANALYSIS_SCHEMA} cascade;
  end if;
  drop role if exists ${ANALYSER};
exception when dependent_objects_still_exist or insufficient_privilege then
  raise notice 'tidemark: role ${ANALYSER} stays: %', sqlerrm;
end $tidemark$;
`;
