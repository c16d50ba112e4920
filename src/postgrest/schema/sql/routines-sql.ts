import { FAMILY, TYPE_CAVEAT } from "./columns-sql.ts";
import { FIRST_OF_OTHERS } from "./object-ids.ts";
import { SIGNATURE } from "./printed.ts";

/** The functions that are asked about: `tables` names them `schema.name()`, with all that have the name. */
export const ROUTINES = `
routine as materialized (
  select p.oid as object, n.nspname || '.' || p.proname || '()' as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname || '.' || p.proname || '()' = any (tables)
),
routine_type as materialized (
  select distinct t.type from routine r join pg_proc p on p.oid = r.object
  cross join lateral unnest(p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype) t (type)
)`;

/** Of a column of what a function returns, whose type is `x.type`. No row image tells its values. */
const RESULT_COLUMN = `json_build_object('type', coalesce(t.type, 'unknown'), 'family', 'opaque', 'notNull', false, 'plainCollation', false,
        'exact', false, 'generated', 'no', 'caveat', ${TYPE_CAVEAT})`;

/** Each of these functions by itself; what they read is told for the name. */
export const ROUTINE_DESCRIPTIONS = `
-- What may set the status or the headers of the answer, and whatever may run that.
setter as (
  select 'pg_proc'::regclass::oid as class, s.oid as object from suspected s where s.source ~ '\\m(set_config|response)\\M|u&'
  union
  select c.class, c.object from calls c join fn f on f.oid = c.callee where f.proname = 'set_config' and f.trust = 'state'
  union
  select a.class, a.object from setter s join arc a on a.to_class = s.class and a.to_object = s.object
),
routine_column as materialized (
  -- By its own list of columns, or by a type of somebody's own.
  select r.object, x.name, x.type, x.at
  from routine r join pg_proc p on p.oid = r.object
  cross join lateral unnest(p.proallargtypes, p.proargmodes, p.proargnames) with ordinality x (type, mode, name, at)
  where x.mode in ('o', 'b', 't') and x.name <> ''
  union all
  select r.object, a.attname, a.atttypid, a.attnum
  from routine r join pg_proc p on p.oid = r.object join pg_type y on y.oid = p.prorettype and y.typtype = 'c'
  join pg_attribute a on a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
  where y.typrelid not in (select o.oid from relation o)
),
routine_description as materialized (
  select r.name, json_agg(json_build_object(
    'signature', ${SIGNATURE},
    'isPlain', p.prokind = 'f' and not exists (
      select from unnest(p.proargtypes::oid[] || p.prorettype) x (type) join pg_type y on y.oid = x.type
      where (y.typtype = 'p' and not (y.oid = p.prorettype and y.typname in ('void', 'record')))
        or y.typelem in (select e.oid from pg_type e where e.typtype = 'p')),
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'isDefiner', p.prosecdef,
    'isAnalysed', f.trust in ('pure', 'claims', 'followed'),
    'setsResponse', exists (select from setter s where s.class = 'pg_proc'::regclass and s.object = p.oid),
    'parameters', (
      select coalesce(json_agg(json_build_object('name', coalesce(x.name, ''), 'type', coalesce(t.type, 'unknown'),
        'family', ${FAMILY},
        'isRequired', x.position <= p.pronargs - p.pronargdefaults) order by x.position), '[]'::json)
      from (
        select a.type, a.name, row_number() over (order by a.at) as position
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes, p.proargnames) with ordinality a (type, mode, name, at)
        where a.type is not null and coalesce(a.mode, 'i') in ('i', 'b', 'v')
      ) x left join column_type t on t.start = x.type),
    'result', json_build_object(
      'isSet', p.proretset,
      'relation', (select o.name from relation o where o.reltype = p.prorettype),
      'columns', (select coalesce(json_object_agg(x.name, ${RESULT_COLUMN} order by x.at), '{}'::json)
        from routine_column x left join column_type t on t.start = x.type left join type_fault f on f.start = x.type
        where x.object = p.oid),
      'caveat', (select json_build_object('kind', min(y.kind), 'culprit', min(y.culprit)) from type_fault y
        where (y.start = p.prorettype or y.start in (select x.type from routine_column x where x.object = p.oid))
          and not exists (select from relation o where o.reltype = p.prorettype)
        having count(*) > 0)),
    -- Where DDL is not announced, this tells that it is another function now, or runs another.
    'fingerprint', md5(concat_ws('/', p.oid, p.xmin, (
      select string_agg(concat_ws(' ', g.oid, g.xmin), ',' order by g.oid) from reach h join pg_proc g on g.oid = h.to_object
      where h.class = 'pg_proc'::regclass and h.object = p.oid and h.to_class = 'pg_proc'::regclass and g.oid >= ${FIRST_OF_OTHERS})))
  ) order by p.oid) as routines
  from routine r join pg_proc p on p.oid = r.object join fn f on f.oid = p.oid
  group by r.name
)`;

/** The functions of one name as a row of the answer, beside those of relations. */
export const ROUTINE_ROWS = `select r.name, json_build_object(
    'kind', 'function',
    'computed', '{}'::json,
    'handlers', (select coalesce(json_agg(distinct h.media order by h.media), '[]'::json) from handler h),
    'reads', (select d.description from reads d where d.relation = 0 and d.computed = r.name),
    'routines', r.routines)
  from routine_description r`;
