import { FIRST_OF_OTHERS } from "./object-ids.ts";
import { textList } from "./text-list.ts";
import { PLAIN_TYPES, POSTGREST_FUNCTIONS, POSTGREST_OPERATORS } from "./understood.ts";

/**
 * Types and what they are made of, and whatever makes their text depend on more than the value: names that are looked up,
 * or a user-defined function that casts, compares, reads or prints.
 */
export const TYPE_PARTS = `
-- The types of what functions take and give that are somebody's own.
passed as materialized (
  select p.oid as object, x.type from pg_proc p
  cross join lateral unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype) x (type)
  where p.oid >= ${FIRST_OF_OTHERS} and x.type >= ${FIRST_OF_OTHERS}
),
type_part as (
  select t.oid as start, t.oid as part from pg_type t
  where t.oid in (select a.atttypid from pg_attribute a join relation r on r.oid = a.attrelid where a.attnum > 0
    union all select m.id from mention m where m.what in ('type', 'input', 'check')
    union all select r.type from routine_type r
    union all select x.type from passed x)
  union
  select p.start, x.part
  from type_part p join pg_type t on t.oid = p.part
  cross join lateral (
    select t.typbasetype where t.typtype = 'd'
    union all select t.typelem where t.typelem <> 0 and t.typcategory = 'A'
    union all select g.rngsubtype from pg_range g where t.oid in (g.rngtypid, g.rngmultitypid)
    union all select a.atttypid from pg_attribute a
      where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ) x (part)
),
-- Types with a function of somebody's own that casts, compares, reads or prints them: of Postgres' own types only by
-- operators and functions that PostgREST itself names.
tampered as materialized (
  select unnest(array[o.oprleft, o.oprright]) as oid from pg_operator o join written w on w.oid = o.oprcode
  where o.oprname = any (${textList(POSTGREST_OPERATORS)})
  union
  select unnest(p.proargtypes::oid[]) from pg_proc p
  where p.oid >= ${FIRST_OF_OTHERS} and p.proname = any (${textList(POSTGREST_FUNCTIONS)})
    and (p.prokind = 'a' or p.oid in (select w.oid from written w))
  union
  -- A domain whose checks do more than compare: text is read as one wherever it is filtered by.
  select c.contypid from pg_constraint c join mention m on m.class = 'pg_constraint'::regclass and m.object = c.oid
  join written w on w.oid = m.id where m.what = 'function'
  union
  select x.oid from (
    select unnest(array[c.castsource, c.casttarget]) as oid from pg_cast c join written w on w.oid = c.castfunc
    union select unnest(array[o.oprleft, o.oprright]) from pg_operator o join written w on w.oid = o.oprcode
    union select unnest(array[g.rngtypid, g.rngmultitypid]) from pg_range g join written w on w.oid = g.rngcanonical
    union select t.oid from pg_type t join written w on w.oid in (t.typinput, t.typoutput) where t.typtype = 'b' and t.typcategory <> 'A'
  ) x where x.oid >= ${FIRST_OF_OTHERS}
),
type_fault as materialized (
  select p.start, case when bool_or(t.oid in (select x.oid from tampered x)) then 'unknown-reads'
      when bool_or(t.oid < ${FIRST_OF_OTHERS}) then 'unwatchable' else 'unknown-reads' end as kind,
    min('the type ' || format_type(t.oid, null)) as culprit
  from type_part p join pg_type t on t.oid = p.part
  where t.oid in (select x.oid from tampered x)
    -- An operator over anything.
    or exists (select from tampered x join pg_type y on y.oid = x.oid where y.typtype = 'p')
    or (t.typtype = 'b' and t.oid < ${FIRST_OF_OTHERS} and t.typcategory <> 'A' and t.typname <> all (${textList(PLAIN_TYPES)}))
  group by p.start
)`;

/** Functions that their owner may have written, so their labels are not trusted. */
export const WRITTEN = `
written as materialized (
  select p.oid from pg_proc p join pg_language l on l.oid = p.prolang
  where p.oid >= ${FIRST_OF_OTHERS} and not (l.lanname = 'c' and p.provolatile = 'i')
    and not (l.lanname = 'internal' and exists (select from pg_proc b where b.oid < ${FIRST_OF_OTHERS}
      and b.prolang = p.prolang and b.prosrc = p.prosrc and b.provolatile <> 'v'))
)`;
