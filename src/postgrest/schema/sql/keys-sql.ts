/** What identifies a row, what it refers to, and which partitions or heirs belong to what. */
export const KEYS = `
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
-- The columns by which a row finds its partition; empty when an expression decides.
partition_key as (
  select i.descendant, case when bool_or(0 = any (k.partattrs::int2[])) then '[]'::json
    else json_agg(distinct a.attname order by a.attname) end as columns
  from inheritance i join pg_partitioned_table k on k.partrelid = i.ancestor
  left join pg_attribute a on a.attrelid = k.partrelid and a.attnum = any (k.partattrs::int2[])
  group by i.descendant
)`;
