import { MAX_BYTES_PER_ROW, MIN_BYTES_LEFT_OUT } from "../sql/constants.ts";

/** How many arguments one function call gets; Postgres allows 100. */
const MEMBERS_PER_CALL = 90;

/** How many columns an intermediate row may have; Postgres allows 1,664, or 1,600 where it stores the row. */
const MAX_COLUMNS_ON_THE_WAY = 1_600;

/**
 * The images of a statement's rows, column by column. The general way of a trigger runs it, the quick one does not.
 *
 * **Sizes first.** Large values are not fetched to be checked: the pointer to a value stored elsewhere has its size,
 * and only values that are small enough to be captured are carried along.
 *
 * **A large, unchanged value** is in neither image of an UPDATE. The new image says so: its member `""`, a name that no
 * column can have, lists those columns. When it is not known whether a large value changed, it is left out and not
 * listed, which readers take for "may have changed". It is known
 * - when both values have at most `MAX_BYTES_PER_ROW` bytes: by comparing the bytes (`*=`, which calls no function of
 *   any type);
 * - for larger ones, from Postgres 17 on, in a table without partitions and children: by their place. An UPDATE that
 *   does not set a column keeps the pointer to its value, and no two values of one table have the same number; those of
 *   a family's tables may. (A value that an UPDATE takes from another table has a number of that table. That it is the
 *   same one of 2^32, and that the value has the same size to the byte, stored and not, is left to chance.)
 *
 * **Too much for one row** (more than `MAX_BYTES_PER_ROW` bytes, by size or as printed): values of more than
 * `MIN_BYTES_LEFT_OUT` bytes are left out, so that the event still says which row it was.
 */
export const IMAGES_SQL = `
create or replace function tidemark.weighed(size text, is_text bool) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select case when is_text then size
    else size || ' * case when pg_column_compression(%1$s) is null then 1 else 8 end' end
$tidemark$;

-- Whether an intermediate row would have more columns than Postgres allows: values, sizes and places of one side, or values
-- and sizes of all sides, what is equal, and some numbers.
create or replace function tidemark.is_too_wide(columns jsonb, sides text[]) returns bool
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select greatest(count(*) + 2 * count(c.size), cardinality(sides) * (count(*) + count(c.size))
    + case when cardinality(sides) = 2 then count(c.size) else 0 end) + 8 > ${MAX_COLUMNS_ON_THE_WAY}
  from tidemark.told(columns) c
$tidemark$;

-- The rows of a transition table with sizes. Values that are too large to be captured are null.
create or replace function tidemark.measuring(columns jsonb, rows text, by_place bool) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select format('(select row_number() over () as n, v.* from (select %s from %s r offset 0) v (%s))',
    coalesce(string_agg(case when m.size is null then m.column_name
      else format('case when %s <= ${MAX_BYTES_PER_ROW} then %s end, %s, %s', m.size, m.column_name, m.size, m.place) end, ', ' order by c.number), '1'),
    rows,
    coalesce(string_agg(format(case when m.size is null then 'c%1$s' else 'c%1$s, s%1$s, p%1$s' end, c.number), ', ' order by c.number), 'c0'))
  from tidemark.told(columns) c
  cross join lateral (values (format('r.%I', c.name))) r (column_name)
  cross join lateral (values (r.column_name, case when c.size is not null then format(tidemark.weighed(c.size, c.is_text), r.column_name) end,
    case when not by_place or to_regproc('pg_catalog.pg_column_toast_chunk_id') is null then 'null::pg_catalog.oid'
      else format('pg_column_toast_chunk_id(%s)', r.column_name) end)) m (column_name, size, place)
$tidemark$;

-- An image of the columns whose sizes are within a limit.
create or replace function tidemark.printing(columns jsonb, side text, size_limit text, compared bool) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select format($image$'{' || concat_ws(',', %s) || '}'$image$, concat_ws(', ', 'null', (
      -- A function takes 100 arguments. A group in which nothing is captured must leave no comma.
      select string_agg(g.members, ', ' order by g.n) from (
        select m.n, format($group$nullif(concat_ws(',', %s), '')$group$, string_agg(m.member, ', ' order by m.place)) as members
        from (
          select q.ordinality as place, (q.ordinality - 1) / ${MEMBERS_PER_CALL} as n, q.member
          from unnest(array_agg(case when c.size is null then p.member
            else format('case when %scoalesce(j.%s_s%s, 0) <= %s then %s end', case when compared then format('not j.u%s and ', c.number) end,
              side, c.number, size_limit, p.member) end order by c.number)) with ordinality q (member, ordinality)
        ) m
        group by m.n
      ) g),
    case when compared and side = 'new' then format($list$case when %s then '"":' || to_json(array_remove(array[%s], null))::pg_catalog.text end$list$,
      string_agg(format('j.u%s', c.number), ' or ') filter (where c.size is not null),
      string_agg(format('case when j.u%s then %L end', c.number, c.name), ', ' order by c.number) filter (where c.size is not null)) end))
  from tidemark.told(columns) c
  cross join lateral (values (format($member$%L || coalesce(to_json(%s)::pg_catalog.text, 'null')$member$, to_json(c.name)::pg_catalog.text || ':',
    format(c.value, format('j.%s_c%s', side, c.number))))) p (member)
$tidemark$;

-- A query for the images of all rows: one array for INSERT and DELETE, those of the new and of the old for UPDATE.
create or replace function tidemark.images_query(columns jsonb, sides text[], by_place bool) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
declare
  compared bool := cardinality(sides) = 2 and exists (select from tidemark.told(columns) c where c.size is not null);
  carried pg_catalog.text;
  equal pg_catalog.text;
  limits pg_catalog.text;
  images pg_catalog.text;
begin
  -- It is not used then, but it must still be a query.
  if tidemark.is_too_wide(columns, sides) then return 'select ' || array_to_string(array_fill('null'::pg_catalog.text, array[cardinality(sides)]), ', '); end if;
  select string_agg(format('%1$s_rows.n as %1$s_n, ', side) || (
      select coalesce(string_agg(format(case when c.size is null then '%1$s_rows.c%2$s as %1$s_c%2$s, '
        else '%1$s_rows.c%2$s as %1$s_c%2$s, %1$s_rows.s%2$s as %1$s_s%2$s, ' end, side, c.number), '' order by c.number), '')
      from tidemark.told(columns) c), '')
    into carried from unnest(sides) side;
  select coalesce(string_agg(format(
      $equal$coalesce(old_rows.s%1$s > ${MIN_BYTES_LEFT_OUT} and new_rows.s%1$s > ${MIN_BYTES_LEFT_OUT} and (
        old_rows.p%1$s = new_rows.p%1$s and old_rows.s%1$s = new_rows.s%1$s
        or case when old_rows.s%1$s <= ${MAX_BYTES_PER_ROW} and new_rows.s%1$s <= ${MAX_BYTES_PER_ROW}%2$s
          then row(old_rows.c%1$s)::pg_catalog.record operator(pg_catalog.*=) row(new_rows.c%1$s)::pg_catalog.record end), false) as u%1$s, $equal$,
      c.number, case when c.is_text then format(' and old_rows.s%1$s = new_rows.s%1$s', c.number) end), ''), '')
    into equal from tidemark.told(columns) c where compared and c.size is not null;
  select string_agg(format('case when %s <= ${MAX_BYTES_PER_ROW} then ${MAX_BYTES_PER_ROW} else ${MIN_BYTES_LEFT_OUT} end as %s_limit', (
      select coalesce(string_agg(format(case when compared then 'case when j.u%2$s then 0 else coalesce(j.%1$s_s%2$s, 0) end'
        else 'coalesce(j.%1$s_s%2$s, 0)' end, side, c.number), ' + '), '0')
      from tidemark.told(columns) c where c.size is not null), side), ', ')
    into limits from unnest(sides) side;
  select string_agg(format('case when j.%1$s_n is not null then %2$s end as %1$s_image', side,
      tidemark.printing(columns, side, format('j.%s_limit', side), compared)), ', ')
    into images from unnest(sides) side;
  return format($query$
      select %s
      from (select j.*, %s from (select j.*, %s from (select %s%s%s as n from %s offset 0) j offset 0) j offset 0) j$query$,
    -- What is small is printed only where it is needed.
    (select string_agg(format('coalesce(array_agg((case when j.%1$s_n is null or octet_length(j.%1$s_image) <= ${MAX_BYTES_PER_ROW} then j.%1$s_image else %2$s end)::pg_catalog.json order by j.n), ''{}'')',
      side, tidemark.printing(columns, side, '${MIN_BYTES_LEFT_OUT}', compared)), ', ') from unnest(sides) side),
    images, limits, carried, equal,
    (select format('coalesce(%s, null)', string_agg(format('%s_rows.n', side), ', ')) from unnest(sides) side),
    (select string_agg(format('%s %s_rows', tidemark.measuring(columns, side || '_rows', by_place), side), ' full join ') from unnest(sides) side)
      || case when cardinality(sides) = 2 then ' on old_rows.n = new_rows.n' else '' end);
end $tidemark$;
`;
