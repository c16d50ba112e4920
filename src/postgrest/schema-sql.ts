/**
 * The function, under a name of the caller's, that tells what Postgres itself says about the relations of some
 * schemas, as one JSON document that `parseSchema` reads. It reads catalogs only. Run it as a role that owns the
 * tables or may see all policies.
 *
 * Where the catalogs do not tell, it says so rather than guess: policies and views depend on functions by
 * `pg_depend`, but built-in functions are not listed there, so clock functions are looked for in the source; and
 * a whole-row reference leaves no column there, so it counts as every column.
 */
export function schemaFunctionSql(name: string): string {
  return `
create or replace function ${name}(schemas text[] default array['public'])
returns json language sql stable set search_path = pg_catalog as $tidemark$
with recursive
relation as (
  select c.oid, n.nspname || '.' || c.relname as name, c.relkind, c.reltype, c.relrowsecurity, n.nspname
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
),
-- Domains resolved to their base, arrays and domains to what they hold in the end.
type_walk as (
  select t.oid as start, t.oid as base, t.oid as held, false as through_domain
  from pg_type t
  where t.oid in (select atttypid from pg_attribute where attrelid in (select oid from relation) and attnum > 0)
  union all
  select w.start,
    case when b.typtype = 'd' then b.typbasetype else w.base end,
    case when h.typtype = 'd' then h.typbasetype else h.typelem end,
    w.through_domain or h.typtype = 'd'
  from type_walk w
  join pg_type b on b.oid = w.base
  join pg_type h on h.oid = w.held
  where h.typtype = 'd' or (h.typelem <> 0 and h.typcategory = 'A')
),
column_type as (
  select distinct on (w.start) w.start, base.typname as type, w.through_domain,
    held.typtype as held_kind, held.typname as held_type, held_space.nspname as held_schema
  from type_walk w
  join pg_type base on base.oid = w.base
  join pg_type held on held.oid = w.held
  join pg_namespace held_space on held_space.oid = held.typnamespace
  where held.typtype <> 'd' and not (held.typelem <> 0 and held.typcategory = 'A')
  order by w.start, (base.typtype = 'd')
),
database_collation as (
  select coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate) as locale
  from pg_database d where d.datname = current_database()
),
attribute as (
  select a.attrelid, a.attname, a.attnum, json_build_object(
    'type', t.type,
    'family', case
      when t.through_domain then 'opaque'
      when t.held_kind = 'e' then 'enum'
      when t.held_kind = 'b' and t.held_schema = 'pg_catalog' then 'base'
      else 'opaque' end,
    'notNull', a.attnotnull,
    'plainCollation', coalesce(l.collisdeterministic, true)
      and coalesce(case when l.oid is null or l.collname = 'default' then (select locale from database_collation)
        else coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collctype) end
        !~* '^(tr|az|lt)([_-]|$)', false),
    'exact', t.held_type <> 'json' and (t.held_kind = 'e' or t.held_type = 'citext'
      or (t.held_kind in ('b', 'r', 'm') and t.held_schema = 'pg_catalog')),
    'generated', case a.attgenerated when 's' then 'stored' when '' then 'no' else 'virtual' end
  ) as description
  from pg_attribute a
  join column_type t on t.start = a.atttypid
  left join pg_collation l on l.oid = a.attcollation
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from relation)
),
unique_key as (
  select i.indrelid, i.indisprimary, json_agg(a.attname order by k.position) as columns
  from pg_index i
  cross join lateral unnest(i.indkey::int2[]) with ordinality k (attnum, position)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indisunique and i.indisvalid and i.indimmediate and not i.indisexclusion
    and i.indpred is null and i.indexprs is null
    and not exists (select from pg_inherits h join pg_class p on p.oid = h.inhparent
      where p.relkind = 'r' and p.oid = i.indrelid)
    and k.position <= i.indnkeyatts
  group by i.indexrelid, i.indrelid, i.indisprimary
  having bool_and(a.attnotnull)
),
foreign_key as (
  select f.conrelid, json_agg(json_build_object(
    'name', f.conname, 'relation', target.name,
    -- Inheritance (not partitioning) leaves rows of children outside of keys.
    'validated', f.convalidated and coalesce((to_jsonb(f) ->> 'conenforced')::boolean, true)
      and not coalesce((to_jsonb(f) ->> 'conperiod')::boolean, false)
      and not exists (select from pg_inherits h join pg_class p on p.oid = h.inhparent
        where p.relkind = 'r' and p.oid in (f.conrelid, f.confrelid)),
    'columns', (select json_agg(a.attname order by k.position)
      from unnest(f.conkey) with ordinality k (attnum, position)
      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
    'referenced', (select json_agg(a.attname order by k.position)
      from unnest(f.confkey) with ordinality k (attnum, position)
      join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum)
  ) order by f.conname) as keys
  from pg_constraint f join relation target on target.oid = f.confrelid
  where f.contype = 'f'
  group by f.conrelid
),
inheritance as (
  select inhparent as ancestor, inhrelid as descendant from pg_inherits
  union
  select i.ancestor, h.inhrelid from inheritance i join pg_inherits h on h.inhparent = i.descendant
),
computed as (
  select t.oid, json_agg(distinct p.proname) as names
  from relation t join pg_proc p on p.pronargs = 1 and p.proargtypes[0] = t.reltype
  group by t.oid
),
-- What decides a relation's rows besides its own data: its policies, or its definition as a view.
decider as (
  select polrelid as relation, 'pg_policy'::regclass as class, oid as object,
    coalesce(polqual::text, '') as tree, coalesce(pg_get_expr(polqual, polrelid), '') as source,
    polpermissive as permissive
  from pg_policy where polcmd in ('r', '*') and polrelid in (select oid from relation where relrowsecurity)
  union all
  select w.ev_class, 'pg_rewrite'::regclass, w.oid, w.ev_action::text, pg_get_viewdef(w.ev_class), true
  from pg_rewrite w where w.rulename = '_RETURN' and w.ev_class in (select oid from relation)
),
dependency as (
  select d.relation, d.tree, p.refclassid, p.refobjid, p.refobjsubid
  from decider d join pg_depend p on p.classid = d.class and p.objid = d.object and p.deptype = 'n'
  union all
  -- A policy depends on its own table automatically, and on that table's columns by name.
  select d.relation, d.tree, p.refclassid, p.refobjid, p.refobjsubid
  from decider d join pg_depend p on p.classid = d.class and p.objid = d.object and p.deptype = 'a'
    and p.refobjsubid <> 0
),
read_relation as (
  select x.relation, r.name,
    bool_or(x.tree like '%:varattno 0 %' or x.refobjsubid = 0) as every_column,
    json_agg(distinct a.attname) filter (where a.attname is not null) as columns
  from dependency x
  join relation r on r.oid = x.refobjid and x.refclassid = 'pg_class'::regclass
  left join pg_attribute a on a.attrelid = x.refobjid and a.attnum = x.refobjsubid and x.refobjsubid <> 0
  where not (x.relation = x.refobjid and x.refobjsubid = 0)
  group by x.relation, r.name
),
called as (
  select x.relation, bool_or(
    x.refclassid not in ('pg_class'::regclass, 'pg_type'::regclass, 'pg_collation'::regclass,
      'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_authid'::regclass, 'pg_constraint'::regclass)
    or (p.oid is not null and p.provolatile <> 'i'
      and not (s.nspname = 'auth' and p.proname in ('uid', 'role', 'email', 'jwt')))
    or (x.refclassid = 'pg_class'::regclass and not exists (select from relation r where r.oid = x.refobjid))
  ) as opaque
  from dependency x
  left join pg_operator o on x.refclassid = 'pg_operator'::regclass and o.oid = x.refobjid
  left join pg_proc p on p.oid = case when x.refclassid = 'pg_proc'::regclass then x.refobjid else o.oprcode::oid end
  left join pg_namespace s on s.oid = p.pronamespace
  group by x.relation
),
reads as (
  select d.relation, json_build_object(
    'relations', coalesce((
      select json_object_agg(r.name, case when r.every_column then '[]'::json else coalesce(r.columns, '[]'::json) end order by r.name)
      from read_relation r where r.relation = d.relation), '{}'::json),
    'policies', json_agg(json_build_object('using', d.source, 'permissive', d.permissive) order by d.object)
      filter (where d.class = 'pg_policy'::regclass),
    'opaque', coalesce((select c.opaque from called c where c.relation = d.relation), false),
    'volatile', bool_or(
      d.source ~* '\\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|random_normal|gen_random_uuid|uuidv4|uuidv7|age|pg_sleep|txid_current|pg_current_xact_id)\\('
      or d.source ~* '\\m(current_date|current_time|current_timestamp|localtime|localtimestamp)\\M'
      or d.source ~* '''(now|today|tomorrow|yesterday)''')
  ) as description
  from decider d group by d.relation
)
select coalesce(json_object_agg(r.name, json_build_object(
  'kind', case r.relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view'
    when 'm' then 'materialized' else 'foreign' end,
  'rowSecurity', r.relrowsecurity,
  'columns', (select coalesce(json_object_agg(a.attname, a.description order by a.attnum), '{}'::json)
    from attribute a where a.attrelid = r.oid),
  'keys', (select coalesce(json_agg(k.columns order by k.indisprimary desc, k.columns::text), '[]'::json)
    from unique_key k where k.indrelid = r.oid),
  'foreignKeys', coalesce((select f.keys from foreign_key f where f.conrelid = r.oid), '[]'::json),
  'descendants', (select coalesce(json_agg(d.name order by d.name), '[]'::json)
    from inheritance i join relation d on d.oid = i.descendant where i.ancestor = r.oid),
  'ancestors', (select coalesce(json_agg(d.name order by d.name), '[]'::json)
    from inheritance i join relation d on d.oid = i.ancestor where i.descendant = r.oid),
  'computed', coalesce((select f.names from computed f where f.oid = r.oid), '[]'::json),
  'reads', (select d.description from reads d where d.relation = r.oid)
) order by r.name), '{}'::json)
from relation r
where r.nspname = any (schemas)
  or exists (select from read_relation d where d.name = r.name)
$tidemark$;
`;
}

export const SCHEMA_FUNCTION_SQL = schemaFunctionSql("tidemark_schema");
