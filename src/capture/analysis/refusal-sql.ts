import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { textList } from "../../postgrest/schema/sql/text-list.ts";
import { CLOCK_TYPES, PLAIN_TYPES } from "../../postgrest/schema/sql/understood.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

const FIXED_TYPES = PLAIN_TYPES.filter((name) => !CLOCK_TYPES.includes(name));

/** What a query tree calls, by itself or by an operator: a subquery with the column `called`. */
function functionsIn(tree: string): string {
  return `(
      select case m.part[1] when 'opno' then o.oprcode::pg_catalog.oid else m.part[2]::pg_catalog.oid end as called
      from regexp_matches(${tree}, ':(funcid|aggfnoid|winfnoid|opno) ([1-9]\\d*)', 'g') m (part)
      left join pg_catalog.pg_operator o on m.part[1] = 'opno' and o.oid = m.part[2]::pg_catalog.oid
    )`;
}

/**
 * What is not even parsed, and what is not believed once it is parsed. A closed world: a function is understood only if
 * neither has an objection.
 *
 * - **Nothing may close the block.** Two statements need a semicolon between them. So a body without one, but for the end, is
 *   one statement, and one with several must not have the word `end`, in whatever part of whatever text.
 * - **Nothing may run.** While Postgres parses, it reads texts by the types' input functions. Those of its own and of
 *   extensions are harmless, but an array, a row or a range of a domain runs the domain's checks.
 * - **It must mean the same in every session.** A quoted body is parsed anew in each. So there may be no backslash in it
 *   (`standard_conforming_strings`), and no text that is a time once it is parsed (`'now'`).
 * - **What comes after the body**: the result is cast to its declared type, which no tree shows.
 * - **The label IMMUTABLE** makes Postgres keep a result for all readers, so it must be true.
 */
export const REFUSAL_SQL = `
-- A domain whose checks, or a range whose canonical form, run more than functions that are harmless: IMMUTABLE ones of
-- Postgres' own and of extensions run no SQL.
create or replace function tidemark.treacherous_type() returns text
language sql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on as $tidemark$
  select x.type::pg_catalog.regtype::pg_catalog.text
  from (
    select c.contypid as type, f.called
    from pg_catalog.pg_constraint c cross join lateral ${functionsIn("c.conbin::pg_catalog.text")} f
    where c.contypid <> 0
    union all
    -- The same from where Postgres keeps it for itself: whatever else has somebody's function behind it.
    select c.contypid, case when d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass then o.oprcode::pg_catalog.oid else d.refobjid end
    from pg_catalog.pg_constraint c join pg_catalog.pg_depend d
      on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'n'
    left join pg_catalog.pg_operator o on o.oid = d.refobjid
    where c.contypid <> 0 and d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
    union all
    select g.rngtypid, g.rngcanonical from pg_catalog.pg_range g where g.rngcanonical::pg_catalog.oid <> 0
  ) x
  left join pg_catalog.pg_proc p on p.oid = x.called left join pg_catalog.pg_language l on l.oid = p.prolang
  where (l.lanname in ('c', 'internal') and p.provolatile = 'i') is not true
  order by x.type limit 1
$tidemark$;

-- Why a body is not given to the parser; null if it is.
create or replace function tidemark.refusal_before(function oid, treacherous text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on as $tidemark$
begin
  -- In PL/pgSQL, as that keeps the plan.
  return (select case
    when octet_length(p.prosrc) > ${MAX_BODY_BYTES} then 'its body is too long'
    when position(';' in b.statement) > 0 and p.prosrc ~* 'end' then 'its body has several statements and the word "end"'
    when position(E'\\\\' in p.prosrc) > 0 then 'its body has a backslash, which means what a setting says'
    when treacherous is not null and p.prosrc ~ '''|[$][^0-9]' then 'its body has a text, which may be read as ' || treacherous || ' by somebody''s code'
    when exists (select from unnest(p.proconfig) c where c !~ '^search_path=') then 'it changes settings'
    when exists (select from unnest(p.proargtypes::pg_catalog.oid[]) a (type) join pg_catalog.pg_type t on t.oid = a.type
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      where t.typtype = 'p' or t.typelem in (select e.oid from pg_catalog.pg_type e where e.typtype = 'p') or n.nspname ~ '^pg_temp')
      then 'an argument has a type that is not fixed'
    when exists (select from pg_catalog.pg_type t where t.oid = p.prorettype and t.typtype = 'p' and t.typname not in ('void', 'record'))
      then 'its result has a type that is not fixed'
    when exists (
      select from (
        select p.prorettype as oid
        union all
        select a.type from unnest(p.proallargtypes, p.proargmodes) a (type, mode) where a.mode in ('o', 'b', 't')
        union all
        select a.atttypid from pg_catalog.pg_type t join pg_catalog.pg_attribute a on a.attrelid = t.typrelid
          where t.oid = p.prorettype and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped
      ) r join pg_catalog.pg_type t on t.oid = r.oid
      where t.typtype = 'd' or t.typelem in (select d.oid from pg_catalog.pg_type d where d.typtype = 'd')
        or exists (select from pg_catalog.pg_cast c where c.casttarget in (t.oid, t.typelem) and c.oid >= ${FIRST_OF_OTHERS}
          and c.castcontext <> 'e' and c.castmethod = 'f'))
      then 'its result is cast by what is not in its body'
  end
  from pg_catalog.pg_proc p cross join lateral (values (rtrim(p.prosrc, E'; \\n\\r\\t'))) b (statement)
  where p.oid = function);
end $tidemark$;

-- Why what was parsed is not believed; null if it is.
create or replace function tidemark.refusal_after(function oid, tree text, classes oid[]) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on as $tidemark$
begin
  -- In PL/pgSQL, as that keeps the plan.
  return (select case
    when exists (
      select from regexp_matches(tree, ':consttype (\\d+) :consttypmod -?\\d+ :constcollid \\d+ :constlen -?\\d+ :constbyval (?:true|false) :constisnull false', 'g') m
      left join pg_catalog.pg_type t on t.oid = m[1]::pg_catalog.oid
      left join pg_catalog.pg_type h on h.oid = case when t.typcategory = 'A' then t.typelem else t.oid end
      where (h.typtype = 'e' or (h.oid < ${FIRST_OF_OTHERS} and h.typname = any (${textList(FIXED_TYPES)}))) is not true)
      then 'a text in its body is read anew in each session'
    when p.provolatile = 'i' and ('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid = any (classes) or tree ~ 'SQLVALUEFUNCTION' or exists (
      select from ${functionsIn("tree")} f join pg_catalog.pg_proc c on c.oid = f.called where c.provolatile <> 'i')) then 'it is labelled IMMUTABLE, and is not'
  end
  from pg_catalog.pg_proc p where p.oid = function);
end $tidemark$;
`;
