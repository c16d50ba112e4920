import {
  ABANDONED_PRUNE_BATCH,
  ABANDONED_PRUNE_FACTOR,
  MAX_BYTES_PER_ROW,
  MAX_BYTES_PER_STATEMENT,
  MAX_BYTES_PRINTED_AT_ONCE,
  MAX_ROWS_PER_STATEMENT,
  MIN_BYTES_LEFT_OUT,
} from "../sql/constants.ts";
import { literal } from "../sql/quote.ts";

/** One in this many rows makes its writer check whether pruning works. */
const ROWS_PER_PRUNE = ABANDONED_PRUNE_BATCH / ABANDONED_PRUNE_FACTOR;

/**
 * The functions behind a watched table's triggers, written out for its columns, because static SQL is planned once per
 * session. A column that they do not know (added later) is not captured, which readers take for "may have changed"; one
 * that is gone makes them fail, which becomes a flush. So unnoticed DDL costs precision, not truth. Virtual generated
 * columns are left out, because transition tables hold no values for them.
 *
 * **Never block a writer.** Rows are read and printed in a block that catches every error. The block writes nothing, so
 * it takes no subtransaction id (64 of them in one transaction slow the whole server down). The insert stands outside.
 * A write can still fail because of an altered outbox, a full disk, or one of the writer's own limits
 * (statement_timeout, memory) that is reached in here.
 *
 * **With the owner's rights**, whichever role writes: nothing here may run code of the owner of the table or its types
 * (column-sql.ts). A search_path without pg_temp looks there first for tables and types; ours names it last.
 *
 * **Little of what is large.** A single small row is printed whole. For all others, sizes decide what is printed
 * (images-sql.ts).
 *
 * **Pairs.** Postgres appends the old and the new image of a row to the two transition tables at the same time, so the
 * n-th belong together, with or without a primary key and also if the key changed. If they ever differ (a partition's
 * BEFORE INSERT trigger that swallows a moved row), every pairing is still true of the table as a set: these rows went,
 * those came. A row without a partner becomes a DELETE or an INSERT.
 *
 * **Quick for one row.** The work itself costs less than the set-up of each query and expression in every transaction,
 * one to some microseconds each (`bench/questions/capture`). So a single row takes one query, one condition and one
 * insert. Everything else takes the general way, and so does a single row now and then, which then checks whether
 * pruning works. A constant of that first query makes sure that the outbox exists. It costs nothing until DDL makes
 * Postgres parse the query again, which then fails inside the block.
 */
export const TRIGGER_SQL = `
drop function if exists tidemark.is_array(oid);
drop function if exists tidemark.capture_definition(tidemark.watched, text);

-- "known" is what told_columns says, once for all events.
create or replace function tidemark.capture_definition(watched tidemark.watched, event text, known jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  settings tidemark.settings;
  columns pg_catalog.text;
  bytes pg_catalog.text;
  pinned pg_catalog.text;
  told pg_catalog.text := 'tg_table_schema, tg_table_name';
  telling pg_catalog.text := '';
  unseen pg_catalog.text := '';
  nudging pg_catalog.text := '';
  images pg_catalog.text[] := case event when 'insert' then array['new'] when 'delete' then array['old'] else array['old', 'new'] end;
  body pg_catalog.text;
begin
  select * into strict settings from tidemark.settings;
  select coalesce(string_agg(format('%s as %I', format(c.value, r.column_name), c.name), ', ' order by c.number), ''),
    coalesce(string_agg(format(case when c.is_set then '%s' else 'coalesce(%s, 0)' end, format(c.size, r.column_name)), ' + ') filter (where c.size is not null), '0'),
    -- Texts of arrays are read again.
    coalesce(max(case when position(')::pg_catalog._' in c.value) > 0 then ' set array_nulls = on' end), '')
      -- The names that regclass and its kind print are quoted by the session's choice.
      || coalesce(max(case when c.value ~ '::pg_catalog[.]_?reg' then ' set quote_all_identifiers = off' end), '')
    into columns, bytes, pinned
    from tidemark.told(known) c cross join lateral (values (format('r.%I', c.name))) r (column_name);
  if (select count(*) from tidemark.family(watched.relation)) > 1 then
    -- On partitions and heirs, too: told under the name of the table that is watched, whatever it is called by now.
    told := 'told.schema_name, told.table_name';
    -- That name is asked of what sees the latest state: the snapshot of a transaction may be older than the name, and older
    -- than the watch. Then everything is told.
    telling := format($telling$(
      select a.object_names[1] as schema_name, a.object_names[2] as table_name
      from tidemark.watched w
      cross join lateral pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass, w.relation, 0) a
      where w.number = %s and a.object_names[2] is not null) told$telling$, watched.number);
    unseen := chr(10) || '  if not found then insert into tidemark.outbox (op) values (''FLUSH''); end if;';
  end if;
  nudging := unseen;
  if settings.nudge <> 'off' then nudging := nudging || chr(10) || '  perform tidemark.nudge();'; end if;
  if event = 'truncate' then
    body := format($body$
  if to_regclass('tidemark.outbox') is null then return null; end if;
  insert into tidemark.outbox (op, schema_name, table_name) select 'TRUNCATE', %1$s%2$s;%3$s
  if random() * ${ROWS_PER_PRUNE} < 1 then perform tidemark.prune_abandoned(); end if;$body$,
      told, ' from ' || nullif(telling, ''), nudging);
  else
    -- "general" is null without any row. "limit 1" is for who has switched on plpgsql.extra_warnings.
    select format($body$
  begin
    select %1$s, %2$s or random() * ${ROWS_PER_PRUNE} < 1 or 'tidemark.outbox'::pg_catalog.regclass is null
      into %3$s, general
      from %4$s limit 1;
  exception when others then
    general := true;
  end;
  if not general and %5$s <= ${MAX_BYTES_PER_ROW} then
    insert into tidemark.outbox (op, schema_name, table_name, record, old_record)
      select %6$L, %7$s, new_image, old_image%8$s;%9$s
    return null;
  elsif general is null then
    return null;
  end if;

  if to_regclass('tidemark.outbox') is null then return null; end if;
  begin
    %10$s;
    if most <= ${MAX_ROWS_PER_STATEMENT} and total <= ${MAX_BYTES_PER_STATEMENT} then
      if affected > 1 and affected = most and largest <= ${MIN_BYTES_LEFT_OUT} then
        per := tidemark.rows_per_batch(affected, total);
        %14$s;
        -- What is stored compressed may print as a hundred times as much, and controls as six times.
        if total > ${MAX_BYTES_PER_STATEMENT} then ops := null; end if;
      else
        select i.* into %12$s from (%11$s) i;
        select s.* into ops, new_batches, old_batches from tidemark.slices(%13$L, new_images, old_images) s;
      end if;
    end if;
  exception when others then
    ops := null;
  end;
  if ops is null then
    insert into tidemark.outbox (op, schema_name, table_name) select 'FLUSH', %7$s%8$s;
  else
    insert into tidemark.outbox (op, schema_name, table_name, record, old_record)
      select unnest(ops), %7$s, unnest(new_batches), unnest(old_batches)%8$s;
  end if;%9$s
  -- A single row has come this way by that chance already.
  if affected = 1 or random() * ${ROWS_PER_PRUNE} < coalesce(cardinality(ops), 1) then perform tidemark.prune_abandoned(); end if;$body$,
      string_agg(format('%s_row.image', i), ', '),
      string_agg(format('exists(select from %s_rows offset 1)', i), ' or '),
      string_agg(format('%s_image', i), ', '),
      -- There may be fewer new rows than old ones. x.*, as x alone would be a column of that name.
      string_agg(format('(select case when %s <= %s then to_json(x.*) end as image from %s_rows r cross join lateral (select %s) x) %s_row',
        bytes, (${literal(JSON.stringify(MAX_BYTES_PRINTED_AT_ONCE))}::pg_catalog.json ->> event), i, columns, i), ' left join ')
        || case event when 'update' then ' on true' else '' end,
      string_agg(format('octet_length(%s_image::pg_catalog.text)', i), ' + '),
      upper(event), told, ' from ' || nullif(telling, ''), nudging,
      tidemark.sizes_query(watched, known, images) || ' into affected, most, total, largest',
      tidemark.images_query(known, images, telling = ''),
      string_agg(format('%s_images', i), ', '),
      event, tidemark.batches_query(known, images, event) || ' into ops, new_batches, old_batches, total')
      into body from unnest(images) i;
  end if;
  body := format($capture$
declare
  new_image pg_catalog.json;
  old_image pg_catalog.json;
  new_images pg_catalog.json[];
  old_images pg_catalog.json[];
  ops pg_catalog.text[];
  new_batches pg_catalog.json[];
  old_batches pg_catalog.json[];
  general boolean;
  affected bigint;
  most bigint;
  total numeric;
  largest bigint;
  per bigint;
begin%s
  return null;
end $capture$, body);
  -- As a literal: a name of somebody's column could end any quoting by dollars, and go on with the owner's rights.
  return format($function$
create or replace function tidemark.capture_%1$s_%2$s() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp set timezone = %3$L set datestyle = 'ISO' set intervalstyle = 'postgres'
set extra_float_digits = 1 set bytea_output = 'hex'%5$s as %4$L;$function$, watched.number, event, settings.time_zone, body, pinned);
end $tidemark$;
`;
