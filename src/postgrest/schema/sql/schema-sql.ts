import { CLAIMS } from "./claims-sql.ts";
import { COLUMNS } from "./columns-sql.ts";
import { FUNCTIONS } from "./functions-sql.ts";
import { HELPERS } from "./helpers-sql.ts";
import { KEYS } from "./keys-sql.ts";
import { POLICIES } from "./policies-sql.ts";
import { ROUTINE_DESCRIPTIONS, ROUTINE_ROWS, ROUTINES } from "./routines-sql.ts";
import { TREE_FAULTS, TREES } from "./trees-sql.ts";
import { TYPE_PARTS, WRITTEN } from "./types-sql.ts";

/** Members that every relation `r` has. */
const KIND = `'kind', case r.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view'
      when 'm' then 'materialized' else 'foreign' end`;
const ANCESTORS = `'ancestors', (select coalesce(json_agg(d.name order by d.name), '[]'::json)
      from inheritance i join relation d on d.oid = i.ancestor where i.descendant = r.oid)`;

const NO_ANALYSES =
  "select null::oid as function, null::text as tree, null::text as printed, null::oid[] as relations, null::int[] as numbers where false";

/**
 * SQL that creates a function which tells what Postgres itself says about relations, as one JSON document that `parseSchema`
 * reads. It reads only catalogs. Run it as a role that owns the tables, or may see all policies. Its parameters:
 *
 * - `schemas`: tell all relations of these, unless `tables` is given.
 * - `tables`: tell only these and what reads of them depend on; null: all of `schemas`. A name that ends with `()` is of
 *   functions, which are told only if they are named.
 * - `reader`: the role that reads. Policies that bind neither it nor the owner of a view or of a SECURITY DEFINER function
 *   are left out. Null: the reader is not known.
 *
 * It is a closed world: `reads.caveats` names whatever is not on a list of what is understood (understood.ts).
 *
 * @param name of the function
 * @param analyses where to find what bodies of functions that are texts were parsed to: a query of `function`, `tree` (as
 *   `pg_proc.prosqlbody`), `printed`, and what it reads in `relations` and `numbers` (of their columns; 0 for a whole one).
 *   Default: nowhere, and such functions are opaque
 */
export function schemaFunctionSql(name: string, analyses = NO_ANALYSES): string {
  return `
create or replace function ${name}(schemas text[] default array['public'], tables text[] default null, reader text default null)
returns json language sql stable set search_path = pg_catalog, pg_temp set standard_conforming_strings = on
set quote_all_identifiers = off set jit = off as $tidemark$
with recursive
relation as materialized (
  select c.oid, n.nspname || '.' || c.relname as name, c.relname, c.relkind, c.reltype, c.relowner, c.relrowsecurity, n.nspname
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
    -- It would be taken for a function.
    and c.relname not like '%()'
),
${ROUTINES},
${POLICIES},
-- What decides a relation's rows besides its own data: its policies, or its definition as a view.
decider as materialized (
  select p.polrelid as relation, 'pg_policy'::regclass::oid as class, p.oid as object, p.source, p.polpermissive as permissive
  from relevant_policy p
  union all
  select w.ev_class, 'pg_rewrite'::regclass, w.oid, '', true
  from pg_rewrite w where w.rulename = '_RETURN' and w.ev_class in (select r.oid from relation r)
),
analysed as materialized (
  ${analyses}
),
${TREES},
${WRITTEN},
${TYPE_PARTS},
${TREE_FAULTS},
-- Runs before every read, if PostgREST is told to do so in the database (its settings in a file are not seen here). It
-- heeds what is set for the role by which it connects; other roles may write there what they like.
pre_request as (
  select distinct case when x.name ~ '^[[:alpha:]_][[:alnum:]_]*([.][[:alpha:]_][[:alnum:]_]*)?$' then to_regproc(x.name)::oid end as object, x.name
  from pg_db_role_setting s cross join unnest(s.setconfig) setting cross join lateral split_part(setting, '=', 2) x (name)
  where setting like 'pgrst.db\\_pre\\_request=%' and x.name <> ''
    and s.setrole in (0, (select r.oid from pg_roles r where r.rolname = session_user))
    and s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
),
-- Functions over rows: computed columns, by whatever way Postgres finds them, and what PostgREST takes for a relationship.
computed as materialized (
  select r.oid as relation, p.oid as object, p.proname,
    case when p.pronargs = 1 and n.nspname = r.nspname then target.name end as target
  from relation r join pg_proc p on p.pronargs > 0 and p.proargtypes[0] = r.reltype and p.pronargs - p.pronargdefaults <= 1
  join pg_namespace n on n.oid = p.pronamespace
  left join relation target on target.reltype = p.prorettype
),
-- Functions that make the answer itself, for a media type of somebody's own.
handler as materialized (
  select coalesce(nullif(a.aggtranstype, 0), p.proargtypes[0]) as over, lower(t.typname) as media
  from pg_type t join pg_proc p on p.prorettype = t.oid left join pg_aggregate a on a.aggfnoid = p.oid
  where t.typtype = 'd' and (t.typname = '*/*' or t.typname ~ '^[A-Za-z0-9.-]+/[A-Za-z0-9.+-]+$') and p.pronargs = 1
),
start as materialized (
  select d.class, d.object from decider d
  union select 'pg_proc'::regclass, c.object from computed c
  union select 'pg_proc'::regclass, p.object from pre_request p where p.object is not null
  union select 'pg_proc'::regclass, r.object from routine r
),
${FUNCTIONS},
-- From each policy, view and function over rows to all that it makes run.
reach as (
  select s.class, s.object, s.class as to_class, s.object as to_object from start s
  union
  select r.class, r.object, e.to_class, e.to_object
  from reach r join edge e on e.class = r.to_class and e.object = r.to_object
),
depends as materialized (
  select t.class, t.object, p.refobjid, p.refobjsubid, p.deptype
  from tree t join pg_depend p on p.classid = t.class and p.objid = t.object and p.refclassid = 'pg_class'::regclass
  union all
  select 'pg_proc'::regclass, a.function, r.relation, r.number, 'n' from analysed a cross join lateral unnest(a.relations, a.numbers) r (relation, number)
),
dependency as (
  select t.class, t.object, p.refobjid, p.refobjsubid,
    p.refobjsubid = 0 or t.source like '%:varattno 0 %' as is_whole
  from tree t join depends p on p.class = t.class and p.object = t.object
  -- A policy depends on its own table automatically, and on that table's columns by name; a view's rule on the view. A
  -- function that takes a row depends on that table, and need not read it.
  where (p.deptype = 'n' or (p.deptype = 'a' and p.refobjsubid <> 0))
    and not exists (select from decider d where d.class = t.class and d.object = t.object and d.relation = p.refobjid and p.refobjsubid = 0)
    and (t.class <> 'pg_proc'::regclass or exists (
      select from mention m where m.class = t.class and m.object = t.object and m.what = 'relation' and m.id = p.refobjid))
  union
  select m.class, m.object, m.id, 0, not exists (
    select from depends p where p.class = m.class and p.object = m.object and p.refobjid = m.id and p.refobjsubid <> 0)
  from mention m where m.what = 'relation'
  union
  -- A policy that takes its row as a whole names no column of it.
  select t.class, t.object, d.relation, 0, true
  from tree t join decider d on d.class = t.class and d.object = t.object
  where d.class = 'pg_policy'::regclass and t.source like '%:varattno 0 %'
),
-- What is read in the policy or view itself, and what by functions that it calls: only the former is in its text.
read_relation as materialized (
  select h.class, h.object, h.class <> 'pg_proc'::regclass and h.to_class = h.class as is_own, r.oid, r.name,
    bool_or(x.is_whole) as every_column,
    json_agg(distinct a.attname order by a.attname) filter (where a.attname is not null) as columns
  from reach h join dependency x on x.class = h.to_class and x.object = h.to_object
  join relation r on r.oid = x.refobjid
  left join pg_attribute a on a.attrelid = x.refobjid and a.attnum = x.refobjsubid and x.refobjsubid <> 0
  group by h.class, h.object, is_own, r.oid, r.name
),
found as materialized (
  select h.class, h.object, f.kind, f.culprit
  from reach h join fault f on f.class = h.to_class and f.object = h.to_object
),
${CLAIMS},
demanded as materialized (
  select h.class, h.object, a.what from reach h join demand a on a.class = h.to_class and a.object = h.to_object
),
${HELPERS},
-- Which of these bear on a relation as a whole. One that cannot be looked up is as bad as one that is not understood.
root as materialized (
  select d.relation, d.class, d.object from decider d
  union all
  select r.oid, 'pg_proc'::regclass, p.object from relation r cross join pre_request p where p.object is not null
),
-- By relation, and by function over its rows: several of one name count together. So do those that are called, of no relation.
holder as materialized (
  select o.relation, null::text as computed, o.class, o.object from root o
  union all
  select c.relation, c.proname::text, 'pg_proc'::regclass, c.object from computed c
  union all
  select 0::oid, r.name, 'pg_proc'::regclass, r.object from routine r
  union all
  select 0::oid, r.name, 'pg_proc'::regclass, p.object from routine r cross join pre_request p where p.object is not null
),
told as materialized (
  select h.relation, h.computed, x.is_own, json_object_agg(x.name, x.columns order by x.name) as relations
  from (select distinct g.relation, g.computed from holder g) h
  cross join lateral (
    select y.is_own, y.name, case when bool_or(y.every_column) then '[]'::json
      else coalesce(json_agg(distinct c.name order by c.name) filter (where c.name is not null), '[]'::json) end as columns
    from holder g join read_relation y on y.class = g.class and y.object = g.object
    left join lateral json_array_elements_text(y.columns) c (name) on true
    where g.relation = h.relation and g.computed is not distinct from h.computed
    group by y.is_own, y.name
  ) x
  group by h.relation, h.computed, x.is_own
),
told_claims as materialized (
  select c.relation, c.computed, json_agg(c.source order by c.source::text collate "C") as claims
  from (select distinct g.relation, g.computed, c.source from holder g join claimed c on c.class = g.class and c.object = g.object) c
  group by c.relation, c.computed
),
reads as materialized (
  select h.relation, h.computed, json_build_object(
    'relations', coalesce((select t.relations from told t
      where t.relation = h.relation and t.computed is not distinct from h.computed and t.is_own), '{}'::json),
    'calls', coalesce((select t.relations from told t
      where t.relation = h.relation and t.computed is not distinct from h.computed and not t.is_own), '{}'::json),
    'helpers', (select case when not bool_or(x.is_beyond) then
        json_agg(distinct jsonb_build_object('name', x.name, 'parameters', x.parameters, 'body', x.body)) end
      from holder g join helped x on x.class = g.class and x.object = g.object
      where g.relation = h.relation and g.computed is null and h.computed is null),
    'policies', case when h.computed is null then (
      select json_agg(json_build_object('using', d.source, 'permissive', d.permissive, 'bindsReader', (
          select true from pg_policy p where p.oid = d.object and p.polroles && array[0::oid, (select r.oid from pg_roles r where r.rolname = reader)]))
        order by d.object)
      from decider d where d.relation = h.relation and d.class = 'pg_policy'::regclass) end,
    'caveats', coalesce((select json_agg(distinct jsonb_build_object('kind', f.kind, 'culprit', f.culprit))
      from (
        select f.kind, f.culprit from holder g join found f on f.class = g.class and f.object = g.object
        where g.relation = h.relation and g.computed is not distinct from h.computed
        union all
        select 'unknown-reads', p.name from pre_request p where p.object is null
      ) f), '[]'::json),
    'request', coalesce((select json_agg(distinct what order by what)
      from (
        select a.what from holder g join demanded a on a.class = g.class and a.object = g.object
        where g.relation = h.relation and g.computed is not distinct from h.computed
        union all
        select p.name from pre_request p where p.object is null
      ) x), '[]'::json),
    'claims', coalesce((select t.claims from told_claims t
      where t.relation = h.relation and t.computed is not distinct from h.computed), '[]'::json)
  ) as description
  from (
    select distinct g.relation, g.computed from holder g
    union
    select r.oid, null from relation r where exists (select from pre_request)
  ) h
),
${COLUMNS},
${KEYS},
${ROUTINE_DESCRIPTIONS},
reached as materialized (
  select r.oid from relation r where case when tables is null then r.nspname = any (schemas) else r.name = any (tables) end
    or r.reltype in (select p.prorettype from routine c join pg_proc p on p.oid = c.object)
    or r.oid in (select y.oid from routine c join read_relation y on y.class = 'pg_proc'::regclass and y.object = c.object)
  union
  select next.oid from reached d
  cross join lateral (
    select y.oid from root o join read_relation y on y.class = o.class and y.object = o.object where o.relation = d.oid
    union all
    select y.oid from computed c join read_relation y on y.class = 'pg_proc'::regclass and y.object = c.object where c.relation = d.oid
    union all
    select i.ancestor from inheritance i where i.descendant = d.oid
  ) next
),
-- Of what is beyond, only by which keys it is tied to what is reached, and whose part it is.
outline as materialized (
  select distinct r.oid from relation r join (
    select i.descendant from inheritance i join reached d on d.oid = i.ancestor
    union select f.conrelid from pg_constraint f join reached d on d.oid = f.confrelid where f.contype = 'f'
    union select f.confrelid from pg_constraint f join reached d on d.oid = f.conrelid where f.contype = 'f'
  ) tied (oid) on tied.oid = r.oid
  where r.oid not in (select d.oid from reached d)
)
select coalesce(json_object_agg(x.name, x.description order by x.name), '{}'::json) from (
  select r.name, json_build_object(
    ${KIND},
    'rowSecurity', r.relrowsecurity,
    'columns', (select coalesce(json_object_agg(a.attname, a.description order by a.attnum), '{}'::json)
      from attribute a where a.attrelid = r.oid),
    'keys', (select coalesce(json_agg(k.columns order by k.indisprimary desc, k.columns::text), '[]'::json)
      from unique_key k where k.indrelid = r.oid),
    'foreignKeys', coalesce((select f.keys from foreign_key f where f.conrelid = r.oid), '[]'::json),
    'descendants', (select coalesce(json_agg(d.name order by d.name), '[]'::json)
      from inheritance i join relation d on d.oid = i.descendant where i.ancestor = r.oid),
    ${ANCESTORS},
    'partitionKey', (select k.columns from partition_key k where k.descendant = r.oid),
    'origins', coalesce((select json_object_agg(o.attname, o.origins order by o.attname) from (
        select a.attname, json_agg(distinct jsonb_build_object('relation', source.name, 'column', s.attname)) as origins
        from pg_rewrite w cross join lateral regexp_matches(w.ev_action::text,
          ':resno (\\d+) :resname (?:[^ \\\\]|\\\\.)+ :ressortgroupref \\d+ :resorigtbl ([1-9]\\d*) :resorigcol ([1-9]\\d*) :resjunk false', 'g') m
        join pg_attribute a on a.attrelid = r.oid and a.attnum = m[1]::int
        join relation source on source.oid = m[2]::oid
        join pg_attribute s on s.attrelid = source.oid and s.attnum = m[3]::int
        where w.ev_class = r.oid and w.rulename = '_RETURN' and r.relkind = 'v'
        group by a.attname) o), '{}'::json),
    'handlers', (select coalesce(json_agg(distinct h.media order by h.media), '[]'::json) from handler h
      where h.over = r.reltype or h.over not in (select other.reltype from relation other)),
    'computed', (select coalesce(json_object_agg(d.computed, json_build_object('target', (
          select max(c.target) from computed c where c.relation = r.oid and c.proname = d.computed),
        'reads', d.description) order by d.computed), '{}'::json)
      from reads d where d.relation = r.oid and d.computed is not null),
    'reads', (select d.description from reads d where d.relation = r.oid and d.computed is null)
  ) as description
  from relation r where r.oid in (select d.oid from reached d)
  union all
  select r.name, json_build_object(
    ${KIND},
    ${ANCESTORS},
    'foreignKeys', case when exists (select from inheritance i where i.descendant = r.oid) then '[]'::json
      else coalesce((select f.keys from foreign_key f where f.conrelid = r.oid), '[]'::json) end,
    'computed', '{}'::json)
  from relation r where r.oid in (select o.oid from outline o)
  union all
  ${ROUTINE_ROWS}
) x
$tidemark$;
`;
}

/** SQL that creates `tidemark_schema()`, whose answer `parseSchema` takes. */
export const SCHEMA_FUNCTION_SQL = schemaFunctionSql("tidemark_schema");
