import {
  MAX_BYTES_PER_BATCH,
  MAX_BYTES_PER_PAGE,
  MAX_BYTES_PER_ROW,
  MAX_BYTES_PER_STATEMENT,
  MAX_ROWS_PER_BATCH,
  MAX_ROWS_PER_STATEMENT,
} from "../sql/constants.ts";

/** Stored bytes of a compressed value that is not text may print as this many times eight. */
const COMPRESSED_FACTOR = 8;

/** What a value of a fixed or short type takes beyond its stored bytes, as printed. */
const BYTES_PER_VALUE = 8;

/**
 * A statement of several rows is written as batches: some hundred rows in one row of the outbox, `UPDATE 120`. For each of
 * them that saves a row, an entry of the index and most of the WAL, as Postgres compresses what is that long; and a pull passes
 * batches on as they are.
 *
 * **By columns.** `record` and `old_record` hold a list of values for each column, `{"id": [1, 2], "title": ["a", "b"]}`. `json_agg` looks
 * up how to print a type once for a list, and `to_json` once for each value of each row, which takes most of its time; and names
 * are not repeated. A column that an UPDATE left as it was is null in `old_record`, a third of its size.
 *
 * **Sizes first**, as everywhere: `sizes_query` says about how much all rows print as, so no memory is spent on what
 * would become a flush. Names count, and compressed values count many times. It reads no more rows than may be told.
 *
 * `batches_query` prints rows without large values, if each has its partner. Batches have as many rows as their average size
 * allows; where one turns out larger than a page, a pull tells it as a flush. Each is cut out of the transition table by its
 * place there: to pass over rows costs less than to sort them into groups, as batches are few. All others' images come from
 * images-sql.ts, row by row, and `slices` packs them into lists of rows.
 */
export const BATCHES_SQL = `
create or replace function tidemark.sizes_query(watched tidemark.watched, columns jsonb, sides text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select format('select min(s.images), max(s.images), sum(s.total), max(s.largest) from (%s) s', (
    select string_agg(format('select count(*) as images, coalesce(sum(%s), 0) as total, coalesce(max(%s), 0) as largest
      from (select r.* from %s_rows r limit ${MAX_ROWS_PER_STATEMENT} + 1) r', e.total, e.largest, side), ' union all ')
    from unnest(sides) side))
  from (
    select coalesce(sum(octet_length(to_json(c.name)::pg_catalog.text) + 2), 0) + 3 || coalesce(' + ' || string_agg(case
        when a.attlen > 0 then (2 * a.attlen + ${BYTES_PER_VALUE})::pg_catalog.text
        when c.size is null then format('coalesce(pg_column_size(%s), 0) + ${BYTES_PER_VALUE}', m.column_name)
        when c.is_text then format('case when %1$s <= ${MAX_BYTES_PER_ROW} then %1$s else 4 end', m.size)
        else format('case when %1$s <= ${MAX_BYTES_PER_ROW} then %1$s * case when pg_column_compression(%2$s) is null then 1 else ${COMPRESSED_FACTOR} end else 4 end',
          m.size, m.column_name) end, ' + '), '') as total,
      coalesce(string_agg(case
        when c.is_text then format('least(coalesce(%s, 0), ${MAX_BYTES_PER_ROW})', m.size)
        else format('case when pg_column_compression(%2$s) is null then least(coalesce(%1$s, 0), ${MAX_BYTES_PER_ROW}) else ${MAX_BYTES_PER_ROW} end',
          m.size, m.column_name) end, ' + ') filter (where c.size is not null), '0') as largest
    from tidemark.told(columns) c
    join pg_catalog.pg_attribute a on a.attrelid = watched.relation and a.attnum = c.number
    cross join lateral (values (format('r.%I', c.name))) r (column_name)
    cross join lateral (values (r.column_name, format(tidemark.weighed(c.size, c.is_text), r.column_name))) m (column_name, size)
  ) e
$tidemark$;

-- How many rows go into a batch when so many print as so many bytes.
create or replace function tidemark.rows_per_batch(images bigint, bytes numeric) returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select greatest(1, least(${MAX_ROWS_PER_BATCH}, floor(${MAX_BYTES_PER_BATCH} * images / greatest(bytes, 1))))::bigint
$tidemark$;

-- Batches of "per" rows of "affected": what they are, the new values, the old ones, and their bytes. Names are those of
-- somebody's columns only within r and a side's "told", so that nothing is mistaken for one.
create or replace function tidemark.batches_query(columns jsonb, sides text[], event text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select format('select array_agg(%L || b.images), %s, %s, sum(%s)
        from (select n, per from generate_series(0, affected - 1, per) n) p (skipped, taken)
        cross join lateral (select %s_part.images, %s from %s offset 0) b',
    upper(event) || ' ',
    case when 'new' = any (sides) then 'array_agg(b.new_values)' else 'null' end,
    case when 'old' = any (sides) then 'array_agg(b.old_values)' else 'null' end,
    string_agg(format('pg_column_size(b.%s_values)', side), ' + '),
    sides[1],
    string_agg(format('to_json(%s_told.*) as %1$s_values', side), ', '),
    string_agg(format('(select count(*) as images%s
          from (select 0%s from %s_rows r limit p.taken offset p.skipped) r (c0%s)) %3$s_part', c.printed, c.inner_names, side, c.numbers), ' cross join ')
      || string_agg(format(' cross join lateral (select %s) %s_told',
        case when side = 'old' and event = 'update' then c.changed else replace(c.named, '@side', side) end, side), ''))
  from unnest(sides) side cross join (
    select coalesce(string_agg(format(', r.%I', c.name), '' order by c.number), '') as inner_names,
      coalesce(string_agg(format(', c%s', c.number), '' order by c.number), '') as numbers,
      coalesce(string_agg(format(', json_agg(%s) as c%s', format(c.value, format('r.c%s', c.number)), c.number), '' order by c.number), '') as printed,
      coalesce(string_agg(format('@side_part.c%s as %I', c.number, c.name), ', ' order by c.number), '') as named,
      coalesce(string_agg(format('case when not row(old_part.c%1$s)::pg_catalog.record operator(pg_catalog.*=) row(new_part.c%1$s)::pg_catalog.record
            then old_part.c%1$s end as %2$I', c.number, c.name), ', ' order by c.number), '') as changed
    from tidemark.told(columns) c
  ) c
$tidemark$;

-- The same of images: batches of those that have their partners, and by themselves those that do not, and a single row.
create or replace function tidemark.slices(event text, new_images json[], old_images json[], out ops text[], out new_batches json[], out old_batches json[])
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
declare
  paired bigint;
  bytes numeric;
  largest bigint;
  per bigint;
begin
  select count(*) filter (where event <> 'update' or u.new_image is not null and u.old_image is not null), sum(s.size), max(s.size)
    into paired, bytes, largest
    from unnest(new_images, old_images) u (new_image, old_image)
    cross join lateral (values (coalesce(octet_length(u.new_image::pg_catalog.text), 0) + coalesce(octet_length(u.old_image::pg_catalog.text), 0))) s (size);
  -- Not what the memory of a session should be spent on, nor a page.
  if bytes > ${MAX_BYTES_PER_STATEMENT} then return; end if;
  per := least(tidemark.rows_per_batch(paired, bytes), greatest(1, ${MAX_BYTES_PER_PAGE / 2} / largest));
  if paired = 1 then paired := 0; end if;
  select array_agg(q.op order by q.place), array_agg(q.new_batch order by q.place), array_agg(q.old_batch order by q.place)
    into ops, new_batches, old_batches from (
    select i, upper(event) || ' ' || least(per, paired - i + 1), array_to_json(new_images[i : least(i + per - 1, paired)]),
      array_to_json(old_images[i : least(i + per - 1, paired)])
    from generate_series(1, paired, per) i
    union all
    select u.n, case when u.old_image is null then 'INSERT' when u.new_image is null then 'DELETE' else 'UPDATE' end, u.new_image, u.old_image
    from unnest(new_images, old_images) with ordinality u (new_image, old_image, n) where u.n > paired
  ) q (place, op, new_batch, old_batch);
end $tidemark$;
`;
