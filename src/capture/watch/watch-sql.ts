/**
 * The watched tables and their triggers. Postgres allows transition tables for one event per trigger only, hence four
 * triggers. A statement fires those of the table that it names and of no other in the family, so partitions and child
 * tables have them, too, and no change is captured twice.
 */
export const WATCH_SQL = `
create or replace function tidemark.capture_functions(number bigint)
returns table (event text, function text, referencing_clause text)
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select e.event, 'capture_' || number || '_' || e.event, e.referencing_clause
  from (values ('insert', 'referencing new table as new_rows'),
    ('update', 'referencing old table as old_rows new table as new_rows'),
    ('delete', 'referencing old table as old_rows'),
    ('truncate', '')) e (event, referencing_clause)
$tidemark$;

-- A trigger's name is tidemark_ and the name of its function.
create or replace function tidemark.missing_triggers(watched tidemark.watched)
returns table (member regclass, event text, function text, referencing_clause text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select f.member, n.event, n.function, n.referencing_clause
  from tidemark.family(watched.relation) f (member) cross join tidemark.capture_functions(watched.number) n
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = f.member and t.tgname = 'tidemark_' || n.function and t.tgenabled = 'A'
      and t.tgfoid = to_regproc('tidemark.' || n.function))
$tidemark$;

-- All triggers of a watched table, wherever they are.
create or replace function tidemark.triggers(number bigint) returns table (member regclass, name text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select t.tgrelid, t.tgname
  from tidemark.capture_functions(triggers.number) c
  join pg_catalog.pg_proc p on p.pronamespace = 'tidemark'::pg_catalog.regnamespace and p.proname = c.function::pg_catalog.name
  join pg_catalog.pg_trigger t on t.tgfoid = p.oid
$tidemark$;

-- Triggers of tables that have left the family.
create or replace function tidemark.surplus_triggers(watched tidemark.watched)
returns table (member regclass, name text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select t.member, t.name from tidemark.triggers(watched.number) t
  where t.member not in (select m.member from tidemark.family(watched.relation) m (member))
$tidemark$;

-- The columns of a family's partition keys, alone or in expressions.
create or replace function tidemark.partition_key(root regclass) returns setof name
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select a.attname
  from tidemark.family(root) f (member)
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = f.member
    and d.refclassid = d.classid and d.refobjid = d.objid and d.objsubid > 0 and d.refobjsubid = 0
  join pg_catalog.pg_attribute a on a.attrelid = f.member and a.attnum = d.objsubid
$tidemark$;

-- From older versions: with this one, a call with one argument would be ambiguous.
drop function if exists tidemark.cover(regclass);

-- Updates functions and triggers of one watched table; returns whether there was anything to do. If there is an obstacle, it
-- removes the triggers, because they would fail other roles' writes. It tries to lock for as long as the session allows,
-- unless the argument says otherwise.
create or replace function tidemark.cover(relation regclass, outbox_obstacle text default tidemark.outbox_obstacle(),
  allowed interval default null)
returns boolean language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  watched tidemark.watched;
  fingerprint pg_catalog.text;
  told pg_catalog.jsonb;
  wanted pg_catalog.text;
  whole boolean;
  each pg_catalog.record;
  obstacle pg_catalog.text := coalesce(outbox_obstacle, tidemark.obstacle(relation));
  changed boolean := false;
begin
  select * into strict watched from tidemark.watched w where w.relation = cover.relation;
  -- The event trigger must not take our own DDL for a change.
  perform set_config('tidemark.covering', tidemark.covering_mark(), true);
  if obstacle is not null then
    changed := tidemark.uncover(watched.number, allowed);
    if changed then
      raise warning 'tidemark does not watch % until this has gone: %', relation, obstacle
        using hint = 'Its answers are proven by their age only. Without event triggers run select tidemark.schema_changed() then.';
    end if;
    perform set_config('tidemark.covering', '', true);
    return changed;
  end if;
  fingerprint := '-- ' || tidemark.fingerprint(watched) || chr(10);
  whole := not exists (
    select from tidemark.capture_functions(watched.number) f where to_regproc('tidemark.' || f.function) is null);
  if not whole or not coalesce(starts_with(watched.definition, fingerprint), false) then
    told := tidemark.told_columns(watched);
    select fingerprint || string_agg(tidemark.capture_definition(watched, f.event, told), '' order by f.event) into wanted
      from tidemark.capture_functions(watched.number) f;
    -- The input may have changed and the result may still be the same.
    if not whole or substr(wanted, length(fingerprint)) is distinct from substr(watched.definition, length(fingerprint)) then
      execute wanted;
      for each in select * from tidemark.capture_functions(watched.number) loop
        execute format('revoke all on function tidemark.%I() from public', each.function);
      end loop;
      changed := true;
    end if;
    update tidemark.watched w set definition = wanted where w.relation = cover.relation;
  end if;
  if exists (select from tidemark.missing_triggers(watched)) or exists (select from tidemark.surplus_triggers(watched)) then
    perform tidemark.lock_family(watched, allowed);
    for each in select * from tidemark.missing_triggers(watched) loop
      execute format('create or replace trigger %I after %s on %s %s for each statement execute function tidemark.%I()',
        'tidemark_' || each.function, each.event, each.member, each.referencing_clause, each.function);
      -- Replication roles and pg_restore --disable-triggers write rows, too.
      execute format('alter table %s enable always trigger %I', each.member, 'tidemark_' || each.function);
    end loop;
    for each in select * from tidemark.surplus_triggers(watched) loop
      execute format('drop trigger %I on %s', each.name, each.member);
    end loop;
    changed := true;
  end if;
  perform set_config('tidemark.covering', '', true);
  return changed;
end $tidemark$;

-- Removes the triggers of a watched table, wherever they are; returns whether there were any.
create or replace function tidemark.uncover(number bigint, allowed interval default null) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  each pg_catalog.record;
  relations pg_catalog.regclass[] := (select array_agg(distinct t.member) from tidemark.triggers(number) t);
begin
  if relations is null then return false; end if;
  perform tidemark.lock_tables(relations, array_fill('access exclusive'::pg_catalog.text, array[cardinality(relations)]), allowed);
  for each in select * from tidemark.triggers(number) loop
    execute format('drop trigger %I on %s', each.name, each.member);
  end loop;
  return true;
end $tidemark$;

create or replace function tidemark.watch(relation regclass, columns text[] default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  obstacle pg_catalog.text := coalesce(tidemark.obstacle(relation), tidemark.outbox_obstacle());
  absent pg_catalog.text;
  changed boolean;
begin
  if obstacle is not null then raise exception 'tidemark cannot watch %: %', relation, obstacle; end if;
  select c.name into absent from unnest(columns) c (name) where not exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped);
  if found then raise exception 'tidemark cannot watch %: there is no column %', relation, absent; end if;
  insert into tidemark.watched as w (relation, columns) values (watch.relation, watch.columns)
    on conflict on constraint watched_pkey do update set columns = excluded.columns
    where w.columns is distinct from excluded.columns;
  changed := found;
  -- A changed row has been captured by its own trigger.
  if tidemark.cover(relation) and not changed then perform tidemark.tell_other_watch(); end if;
  perform tidemark.cover_parts(relation);
end $tidemark$;

-- A table watched by itself stays so only while all tables above it are watched.
create or replace function tidemark.cover_parts(root regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  perform tidemark.cover(w.relation) from tidemark.watched w
    where w.relation <> root and w.relation in (select m.member from tidemark.family(root) m (member));
end $tidemark$;

create or replace function tidemark.unwatch(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  number bigint;
  each pg_catalog.record;
begin
  delete from tidemark.watched w where w.relation = unwatch.relation returning w.number into number;
  if not found then return; end if;
  perform set_config('tidemark.covering', tidemark.covering_mark(), true);
  perform tidemark.uncover(number);
  for each in select * from tidemark.capture_functions(number) loop
    execute format('drop function if exists tidemark.%I() cascade', each.function);
  end loop;
  perform set_config('tidemark.covering', '', true);
  perform tidemark.cover_parts(relation);
end $tidemark$;
`;
