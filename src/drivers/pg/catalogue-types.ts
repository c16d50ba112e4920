import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";

/** Types of Postgres' own whose texts follow from their values. Not `timetz`, which is converted by today's offset, and not those that look names up. */
const PLAIN =
  `bool bytea char name int2 int4 int8 text oid json jsonb jsonpath xml float4 float8 numeric money bpchar varchar
  uuid bit varbit date time timestamp timestamptz interval inet cidr macaddr macaddr8 point lseg path box polygon line circle
  tsvector tsquery pg_lsn xid8 int2vector oidvector`.split(/\s+/);

/** What a domain's CHECK may be made of, as its tree is printed by Postgres 14 to 18. */
const CHECK_NODES =
  `COERCETODOMAINVALUE CONST OPEXPR FUNCEXPR BOOLEXPR NULLTEST BOOLEANTEST SCALARARRAYOPEXPR ARRAY ARRAYEXPR
  RELABELTYPE COLLATE COLLATEEXPR CASE CASEEXPR WHEN CASEWHEN COALESCE COALESCEEXPR DISTINCTEXPR NULLIFEXPR`.split(
    /\s+/,
  );

const listed = (names: readonly string[]) => `array[${names.map((name) => `'${name}'`).join(", ")}]`;

const IS_ARRAY = `t.typinput = 'pg_catalog.array_in'::pg_catalog.regproc and t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc`;

/** Somebody has written function `p`, so that it may do anything, or it does not follow from its arguments. */
const IS_ODD = `(p.provolatile <> 'i' or p.oid in (select w.oid from written w))`;

/**
 * Types whose values may run code that somebody has written, and that no statement need name: casts, also those that a
 * function makes of what it is given (`to_json`); a domain's checks; what compares and orders; what reads and prints. Types are odd
 * unless all of that is known: Postgres' own that are on a list; enums; what an extension has in C and calls immutable; and
 * arrays, domains, ranges and rows of such.
 *
 * `all`: Postgres' own types have such a cast, or are compared so, and then nothing is certain. `names`: of odd types.
 * `relations`: those with an odd column, or odd themselves, and the type.
 */
export const TYPES_SQL = `(with recursive written as materialized (
    select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
    where p.oid >= ${FIRST_OF_OTHERS} and not (l.lanname = 'c' and p.provolatile = 'i')
      and not (l.lanname = 'internal' and exists (select from pg_catalog.pg_proc b where b.oid < ${FIRST_OF_OTHERS}
        and b.prolang = p.prolang and b.prosrc = p.prosrc and b.provolatile = 'i'))
  ), pair (one, other, is_unnamed) as materialized (
    select c.castsource, c.casttarget, true from pg_catalog.pg_cast c left join pg_catalog.pg_proc p on p.oid = c.castfunc
    where c.oid >= ${FIRST_OF_OTHERS} and c.castmethod <> 'b' and (p.oid is null or ${IS_ODD})
    union all
    -- Those between types of Postgres' own are known by their names, unless they order.
    select o.oprleft, o.oprright, exists (select from pg_catalog.pg_amop a where a.amopopr = o.oid)
    from pg_catalog.pg_operator o join written w on w.oid = o.oprcode
    union all
    -- What is in C for an index alone only finds what its operators would find.
    select a.amproclefttype, a.amprocrighttype, true from pg_catalog.pg_amproc a join written w on w.oid = a.amproc
    join pg_catalog.pg_proc p on p.oid = w.oid join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_opfamily f on f.oid = a.amprocfamily join pg_catalog.pg_am m on m.oid = f.opfmethod
    where l.lanname <> 'c' or m.amname in ('btree', 'hash')
  ), made (type) as materialized (
    select t.oid from pg_catalog.pg_type t where t.oid < ${FIRST_OF_OTHERS} and (t.typtype in ('c', 'p')
      or t.typtype = 'b' and not (${IS_ARRAY}) and t.typname <> all (${listed(PLAIN)}))
    union
    select t.oid from pg_catalog.pg_type t where t.oid >= ${FIRST_OF_OTHERS} and (t.typtype not in ('b', 'c', 'd', 'e', 'm', 'r')
      or t.typtype = 'b' and not (${IS_ARRAY}) and exists (select from pg_catalog.pg_proc p
        where p.oid in (t.typinput, t.typoutput, t.typmodin, t.typsubscript) and ${IS_ODD}))
    union
    select x.type from pair cross join lateral (values (pair.one), (pair.other)) x (type) where x.type >= ${FIRST_OF_OTHERS}
    union
    select x.type from pg_catalog.pg_range r cross join lateral (values (r.rngtypid), (r.rngmultitypid)) x (type)
    where exists (select from pg_catalog.pg_proc p where p.oid in (r.rngcanonical, r.rngsubdiff) and p.oid in (select w.oid from written w))
    union
    select c.contypid from pg_catalog.pg_constraint c where c.contypid <> 0 and c.contype = 'c' and (
      exists (select from pg_catalog.regexp_matches(c.conbin::pg_catalog.text, '[{]([A-Z]+)', 'g') m (node)
        where m.node[1] <> all (${listed(CHECK_NODES)}))
      or exists (select from pg_catalog.regexp_matches(c.conbin::pg_catalog.text, ':(?:op)?funcid ([0-9]+)', 'g') m (id)
        left join pg_catalog.pg_proc p on p.oid = m.id[1]::pg_catalog.oid where p.oid is null or ${IS_ODD}))
  ), part (whole, type) as materialized (
    select t.oid, t.typbasetype from pg_catalog.pg_type t where t.typtype = 'd'
    union all select t.oid, t.typelem from pg_catalog.pg_type t where t.typtype = 'b' and ${IS_ARRAY}
    union all select x.whole, r.rngsubtype from pg_catalog.pg_range r
      cross join lateral (values (r.rngtypid), (r.rngmultitypid)) x (whole)
    union all select c.reltype, a.atttypid from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
      where c.reltype >= ${FIRST_OF_OTHERS} and a.attnum > 0 and not a.attisdropped
  ), odd (type) as (
    select m.type from made m union select p.whole from part p join odd o on o.type = p.type
  )
  select json_build_object(
    'all', exists (select from pair where is_unnamed and one < ${FIRST_OF_OTHERS} and other < ${FIRST_OF_OTHERS}),
    'names', (select json_agg(distinct t.typname) from pg_catalog.pg_type t where t.oid in (select o.type from odd o)),
    'relations', (select coalesce(json_object_agg(n.nspname || '.' || c.relname, coalesce((
        select min(pg_catalog.format_type(a.atttypid, null)) from pg_catalog.pg_attribute a where a.attrelid = c.oid
          and a.attnum > 0 and not a.attisdropped and a.atttypid in (select o.type from odd o)), c.relname)), '{}')
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= ${FIRST_OF_OTHERS} and c.reltype in (select o.type from odd o))))`;
