import {
  ABANDONED_PRUNE_BATCH,
  ABANDONED_PRUNE_FACTOR,
  MAX_BYTES_PER_STATEMENT,
  MAX_ROWS_PER_STATEMENT,
} from "./constants.ts";

/** One in so many rows has its writer look whether anybody prunes. */
const ROWS_PER_PRUNE = ABANDONED_PRUNE_BATCH / ABANDONED_PRUNE_FACTOR;

/**
 * The functions behind a watched table's triggers, written out for its columns: static SQL is planned once a
 * session. A column they do not know (added later) is not told, which readers take for "may have changed"; one
 * that is gone makes them fail, which becomes a flush. So DDL that nobody noticed costs precision, not truth.
 * Virtual generated columns are left out, as transition tables hold no values for them.
 *
 * **Never in the writer's way.** Reading and printing rows happens in a block that catches every error; as it
 * writes nothing it takes no subtransaction id (64 of them in one transaction slow everybody down). The insert
 * stands outside of it. What can still fail a write: an outbox that somebody altered, a full disk, a limit of the
 * writer's own (statement_timeout, memory) that is reached in here.
 *
 * **With the owner's rights**, whoever writes. An empty search_path still finds tables and types of pg_temp before
 * Postgres' own, hence `pg_catalog` before the names of both, here and in all that is called from here.
 *
 * **Pairs.** Postgres appends the old and the new image of a row to the two transition tables at the same time,
 * so the n-th belongs to the n-th, with or without a primary key and also if the key changed. Would they ever
 * differ (a partition's BEFORE INSERT trigger that swallows a moved row), every pairing is still true of the table
 * as a set: these rows went, those came. What stays alone is told as a DELETE or an INSERT.
 *
 * **Quick for one row**: each expression and each query costs some microseconds in every transaction
 * (bench/capture.ts), hence the first look at two rows at most, and one function an event.
 */
export const TRIGGER_SQL = `
create or replace function tidemark.capture_definition(watched tidemark.watched, event text) returns text
language plpgsql stable set search_path = '' as $tidemark$
declare
  settings tidemark.settings;
  columns pg_catalog.text;
  bytes pg_catalog.text;
  images pg_catalog.text;
  told pg_catalog.text := 'tg_table_schema, tg_table_name';
  finding pg_catalog.text := '';
  new_images pg_catalog.text := 'null::pg_catalog.json[]';
  old_images pg_catalog.text := 'null::pg_catalog.json[]';
  new_bytes pg_catalog.text := '0';
  old_bytes pg_catalog.text := '0';
  rows pg_catalog.text := case event when 'insert' then 'new_rows' else 'old_rows' end;
  images_of_rows pg_catalog.text := case event when 'insert' then 'records' else 'old_records' end;
  body pg_catalog.text;
begin
  select * into strict settings from tidemark.settings;
  select coalesce(string_agg(format('r.%I', a.attname), ', ' order by a.attnum), ''),
    -- The size as stored: pg_column_size does not fetch what lies out of line.
    coalesce(string_agg(format('coalesce(pg_column_size(r.%I), 0)', a.attname), ' + ') filter (where a.attlen = -1), '0')
    into columns, bytes
    from pg_catalog.pg_attribute a
    where a.attrelid = watched.relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
      and (watched.columns is null or a.attname = any (watched.columns) or exists (
        select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey::pg_catalog.int2[])));
  if (select count(*) from tidemark.family(watched.relation)) > 1 then
    -- On partitions and heirs, too: told under the name of the table that is watched, whatever it is called by now.
    told := 'told.schema_name, told.table_name';
    finding := format($find$
  select n.nspname as schema_name, c.relname as table_name into told
    from tidemark.watched w
    join pg_catalog.pg_class c on c.oid = w.relation
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where w.number = %s;
  if not found then return null; end if;$find$, watched.number);
  end if;
  -- i.*, as i alone would be a column of that name.
  images := format('array(select to_json(i.*) from (select %s from %%s r%%s) i)', replace(columns, '%', '%%'));
  if event in ('insert', 'update') then
    new_images := images;
    new_bytes := format('coalesce((select sum(%s) from new_rows r), 0)', bytes);
  end if;
  if event in ('update', 'delete') then
    old_images := images;
    old_bytes := format('coalesce((select sum(%s) from old_rows r), 0)', bytes);
  end if;
  if event = 'truncate' then
    body := format($body$
  insert into tidemark.outbox (op, schema_name, table_name) select 'TRUNCATE', %s;$body$, told);
  else
    body := format($body$
  begin
    select %1$s, %2$s into records, old_records;
    if cardinality(%3$s) = 0 then
      return null;
    elsif cardinality(%3$s) > 1 then
      affected := (select count(*) from (select from %4$s limit ${MAX_ROWS_PER_STATEMENT} + 1) s);
      if affected > ${MAX_ROWS_PER_STATEMENT} or %5$s + %6$s > ${MAX_BYTES_PER_STATEMENT} then
        affected := 1;
        records := null;
        old_records := null;
      else
        select %7$s, %8$s into records, old_records;
      end if;
    elsif octet_length(records[1]::pg_catalog.text) > ${MAX_BYTES_PER_STATEMENT} or octet_length(old_records[1]::pg_catalog.text) > ${MAX_BYTES_PER_STATEMENT} then
      records := null;
      old_records := null;
    end if;
  exception when others then
    affected := 1;
    records := null;
    old_records := null;
  end;
  if coalesce(records, old_records) is null then
    insert into tidemark.outbox (op, schema_name, table_name) select 'FLUSH', %9$s;
  else
    insert into tidemark.outbox (op, schema_name, table_name, record, old_record)
      select case when r.old_record is null then 'INSERT' when r.record is null then 'DELETE' else 'UPDATE' end,
        %9$s, r.record, r.old_record
      from unnest(records, old_records) r (record, old_record);
  end if;$body$,
      format(new_images, 'new_rows', ' limit 2'), format(old_images, 'old_rows', ' limit 2'), images_of_rows, rows,
      new_bytes, old_bytes, format(new_images, 'new_rows', ''), format(old_images, 'old_rows', ''), told);
  end if;
  return format($function$
create or replace function tidemark.capture_%1$s_%2$s() returns trigger language plpgsql security definer
set search_path = '' set timezone = %3$L set datestyle = 'ISO' set intervalstyle = 'postgres'
set extra_float_digits = 1 set bytea_output = 'hex' as $capture$
declare
  records pg_catalog.json[];
  old_records pg_catalog.json[];
  affected bigint := 1;
  told pg_catalog.record;
begin
  if to_regclass('tidemark.outbox') is null then return null; end if;%4$s%5$s
%6$s  if random() * ${ROWS_PER_PRUNE} < affected then perform tidemark.prune_abandoned(); end if;
  return null;
end $capture$;$function$, watched.number, event, settings.time_zone, finding, body,
    case when settings.nudge <> 'off' then E'  perform tidemark.nudge();\\n' end);
end $tidemark$;
`;
