/** How a value of the type `t` of `column_type` is read from a text. */
export const FAMILY = `case
      when t.through_domain then 'opaque'
      when t.held_kind = 'e' then 'enum'
      when t.held_kind = 'b' and t.held_schema = 'pg_catalog' then 'base'
      else 'opaque' end`;

/** What is not understood of a type, `f` of `type_fault`; null if it is. */
export const TYPE_CAVEAT =
  "case when f.start is not null then json_build_object('kind', f.kind, 'culprit', f.culprit) end";

/** Columns, and how far row images tell their values. */
export const COLUMNS = `
-- Domains resolved to their base, arrays and domains to what they hold in the end.
type_walk as (
  select t.oid as start, t.oid as base, t.oid as held, false as through_domain
  from pg_type t
  where t.oid in (select atttypid from pg_attribute where attrelid in (select oid from relation) and attnum > 0
    union all select r.type from routine_type r)
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
    'family', ${FAMILY},
    'notNull', a.attnotnull,
    'plainCollation', coalesce(l.collisdeterministic, true)
      and coalesce(case when l.oid is null or l.collname = 'default' then (select locale from database_collation)
        else coalesce(to_jsonb(l) ->> 'colllocale', to_jsonb(l) ->> 'colliculocale', l.collctype) end
        !~* '^(tr|az|lt)([_-]|$)', false),
    'exact', t.held_type <> 'json' and (t.held_kind = 'e' or t.held_type = 'citext'
      or (t.held_kind in ('b', 'r', 'm') and t.held_schema = 'pg_catalog')),
    'generated', case a.attgenerated when 's' then 'stored' when '' then 'no' else 'virtual' end,
    'caveat', ${TYPE_CAVEAT}
  ) as description
  from pg_attribute a
  join column_type t on t.start = a.atttypid
  left join pg_collation l on l.oid = a.attcollation
  left join type_fault f on f.start = a.atttypid
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from relation)
)`;
