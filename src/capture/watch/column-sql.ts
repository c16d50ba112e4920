import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { MIN_BYTES_LEFT_OUT } from "../sql/constants.ts";
import { literal } from "../sql/quote.ts";

/**
 * `to_json` drops an array's bounds, but `=` compares them. So an array with a bound other than 1 is captured as its
 * own text, in a JSON string. The pattern has no backslash, because a session can change its meaning.
 */
const ARRAY_IMAGE = `case when array_lower(%1$s, 1) <> 1
      or array_ndims(%1$s) > 1 and array_dims(%1$s) !~ '^([[]1:[0-9]+[]])*$'
    then to_json(array_out(%1$s)::pg_catalog.text) else to_json(@value) end`;

/** A column of a type of Postgres' own. The parser refuses the statement if the column has got another type. */
const OWN_TYPE = "tidemark.typed(%1$s, null::pg_catalog.@type)";

/**
 * `concat` calls the type's output function and looks for no cast. Its result is text, for which no role can define
 * casts.
 */
const BY_OUTPUT = "case when %1$s is not null then concat(%1$s)::pg_catalog.@type end";

/**
 * Prints a column's value without running any other role's code. The printing functions run with their installer's
 * rights, and any role may own a type: its casts (`to_json` looks for one to json), its operators, its domain's checks
 * and functions that take it are that role's code. So
 *
 * - `to_json` prints Postgres' own types and arrays of them, for which it looks for no cast;
 * - enums, citext, domains, and arrays of these are printed by their *output function*, which only a superuser can
 *   write, and then as the text or the type of Postgres that they stand for;
 * - everything else (composites, user-defined ranges, other extensions' types) is not captured, and readers take what
 *   they do not see for "may have changed". They could not use it: equal JSON does not mean that such values are equal.
 *
 * A type can be altered, and a column can get another type, after this check. So what is written into a trigger is safe
 * by itself: `tidemark.typed` exists for two values of one type only, no implicit cast applies, and Postgres removes it
 * when it plans; and an output function does not depend on what the type has become.
 */
export const COLUMN_SQL = `
create or replace function tidemark.typed(value anyelement, type anyelement) returns anyelement
language sql immutable as $tidemark$ select $1 $tidemark$;

-- An expression over %1$s for format(); null for a column that is not captured.
create or replace function tidemark.printed(type oid) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
declare
  at pg_catalog.oid := type;
  arrays int := 0;
  held pg_catalog.record;
  array_type pg_catalog.record;
  printed_as pg_catalog.text;
  value pg_catalog.text;
begin
  -- Follows domains and arrays to their elements. The vectors of system catalogs have elements but are not arrays.
  loop
    select t.oid, t.typname, t.typtype, t.typarray, t.typbasetype, e.oid as element into strict held
      from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid where t.oid = at;
    if held.element is not null then
      arrays := arrays + 1;
      at := held.element;
    elsif held.typtype = 'd' then
      at := held.typbasetype;
    else
      exit;
    end if;
  end loop;
  -- Arrays of domains over arrays cannot be read as any type of Postgres' own.
  if arrays > 1 then return null; end if;
  select t.oid, t.typname into array_type from pg_catalog.pg_type t where t.oid = held.typarray;
  if held.oid < ${FIRST_OF_OTHERS} and held.typtype in ('b', 'r', 'm') then
    printed_as := case when arrays > 0 then array_type.typname else held.typname end;
  elsif held.typtype = 'e' or held.typtype = 'b' and held.typname = 'citext' then
    printed_as := case when arrays > 0 then '_text' else 'text' end;
  else
    return null;
  end if;
  value := case when held.oid < ${FIRST_OF_OTHERS} and type in (held.oid, array_type.oid) then ${literal(OWN_TYPE)} else ${literal(BY_OUTPUT)} end;
  if arrays > 0 then value := replace(${literal(ARRAY_IMAGE)}, '@value', value); end if;
  return replace(value, '@type', quote_ident(printed_as));
end $tidemark$;

-- How many bytes a value takes, without fetching it. For text that is exact; otherwise it is the stored size, times eight
-- when it is compressed. Null where all values are small.
create or replace function tidemark.measured(type oid, modifier int, value text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
begin
  return case
    when (select t.typlen from pg_catalog.pg_type t where t.oid = type) <> -1 then null
    -- numeric(p, s), and texts of limited length.
    when type = 'pg_catalog.numeric'::pg_catalog.regtype and modifier <> -1 then null
    when type = any (array['pg_catalog.varchar', 'pg_catalog.bpchar']::pg_catalog.regtype[])
      and modifier between 0 and ${MIN_BYTES_LEFT_OUT / 4} then null
    when type = any (array['pg_catalog.text', 'pg_catalog.varchar', 'pg_catalog.bpchar', 'pg_catalog.bytea']::pg_catalog.regtype[])
      then 'octet_length(' || value || ')'
    else 'pg_column_size(%1$s)' end;
end $tidemark$;

-- The columns that triggers capture. Computed once, because many places need them.
create or replace function tidemark.told_columns(watched tidemark.watched) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select coalesce(jsonb_agg(jsonb_build_object('number', a.attnum, 'name', a.attname, 'value', p.value, 'size', m.size,
    'is_text', m.size like 'octet_length%', 'is_set', a.attnotnull)), '[]')
  from pg_catalog.pg_attribute a
  cross join lateral (values (tidemark.printed(a.atttypid))) p (value)
  cross join lateral (values (tidemark.measured(a.atttypid, a.atttypmod, p.value))) m (size)
  where a.attrelid = watched.relation and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v' and p.value is not null
    and (watched.columns is null or a.attname = any (watched.columns)
      or a.attname in (select tidemark.partition_key(watched.relation)) or exists (
      select from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey::pg_catalog.int2[])))
$tidemark$;

create or replace function tidemark.told(columns jsonb)
returns table (number int, name text, value text, size text, is_text bool, is_set bool)
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select * from jsonb_to_recordset(columns) c (number int, name pg_catalog.text, value pg_catalog.text, size pg_catalog.text, is_text bool, is_set bool)
  order by c.number
$tidemark$;
`;
