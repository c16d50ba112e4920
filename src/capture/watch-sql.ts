/**
 * Which tables are watched, and the triggers that make it so. Postgres allows transition tables only for one
 * event a trigger, hence four of them. A statement fires the triggers of the table it names and of no other in
 * the family, so partitions and heirs carry them, too, and nothing is told twice.
 */
export const WATCH_SQL = `
-- The table, its partitions and its heirs, all the way down.
create or replace function tidemark.family(root regclass) returns setof regclass
language sql stable set search_path = '' as $tidemark$
  with recursive family as (
    select root::pg_catalog.oid as member
    union
    select i.inhrelid from family f join pg_catalog.pg_inherits i on i.inhparent = f.member
  )
  select f.member::pg_catalog.regclass from family f join pg_catalog.pg_class c on c.oid = f.member order by 1
$tidemark$;

create or replace function tidemark.capture_functions(number bigint)
returns table (event text, function text, referencing_clause text)
language sql immutable set search_path = '' as $tidemark$
  select e.event, 'capture_' || number || '_' || e.event, e.referencing_clause
  from (values ('insert', 'referencing new table as new_rows'),
    ('update', 'referencing old table as old_rows new table as new_rows'),
    ('delete', 'referencing old table as old_rows'),
    ('truncate', '')) e (event, referencing_clause)
$tidemark$;

-- A trigger is called tidemark_ and what its function is called.
create or replace function tidemark.missing_triggers(watched tidemark.watched)
returns table (member regclass, event text, function text, referencing_clause text)
language sql stable set search_path = '' as $tidemark$
  select f.member, n.event, n.function, n.referencing_clause
  from tidemark.family(watched.relation) f (member) cross join tidemark.capture_functions(watched.number) n
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = f.member and t.tgname = 'tidemark_' || n.function and t.tgenabled = 'A'
      and t.tgfoid = to_regproc('tidemark.' || n.function))
$tidemark$;

-- Why a table cannot be watched; null if it can.
create or replace function tidemark.obstacle(root regclass) returns text
language sql stable set search_path = '' as $tidemark$
  with recursive ancestor as (
    select i.inhparent as relation from pg_catalog.pg_inherits i where i.inhrelid = root
    union
    select i.inhparent from ancestor a join pg_catalog.pg_inherits i on i.inhrelid = a.relation
  )
  select coalesce((
    select case
        when c.relkind = 'f' then c.oid::pg_catalog.regclass || ' is a foreign table: what others write there fires no trigger here'
        when c.relkind not in ('r', 'p') then c.oid::pg_catalog.regclass || ' is not a table'
        when c.relpersistence = 't' then c.oid::pg_catalog.regclass || ' is temporary'
        when s.srrelid is not null then c.oid::pg_catalog.regclass || ' is written by a subscription, which fires no statement triggers'
      end
    from tidemark.family(root) f (member)
    join pg_catalog.pg_class c on c.oid = f.member
    left join pg_catalog.pg_subscription_rel s on s.srrelid = c.oid
    where c.relkind not in ('r', 'p') or c.relpersistence = 't' or s.srrelid is not null
    limit 1
  ), (
    -- A row comes, goes and moves by statements on any table above.
    select root || ' is a part of ' || a.relation::pg_catalog.regclass || ', statements on which fire no trigger here: watch that'
    from ancestor a
    where not exists (select from pg_catalog.pg_inherits i where i.inhrelid = a.relation)
      and not exists (select from tidemark.watched w where w.relation = a.relation)
    limit 1
  ))
$tidemark$;

-- The columns by which rows of a family find their partitions, in expressions or alone.
create or replace function tidemark.partition_key(root regclass) returns setof name
language sql stable set search_path = '' as $tidemark$
  select a.attname
  from tidemark.family(root) f (member)
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = f.member
    and d.refclassid = d.classid and d.refobjid = d.objid and d.objsubid > 0 and d.refobjsubid = 0
  join pg_catalog.pg_attribute a on a.attrelid = f.member and a.attnum = d.objsubid
$tidemark$;

-- Brings functions and triggers of one watched table in order; says whether there was anything to do.
create or replace function tidemark.cover(relation regclass) returns boolean
language plpgsql set search_path = '' as $tidemark$
declare
  watched tidemark.watched;
  wanted pg_catalog.text;
  each pg_catalog.record;
  changed boolean := false;
begin
  select * into strict watched from tidemark.watched w where w.relation = cover.relation;
  select string_agg(tidemark.capture_definition(watched, f.event), '' order by f.event) into wanted
    from tidemark.capture_functions(watched.number) f;
  -- The event trigger must not take our own DDL for somebody's.
  perform set_config('tidemark.covering', 'on', true);
  if wanted is distinct from watched.definition or exists (
    select from tidemark.capture_functions(watched.number) f where to_regproc('tidemark.' || f.function) is null) then
    execute wanted;
    for each in select * from tidemark.capture_functions(watched.number) loop
      execute format('revoke all on function tidemark.%I() from public', each.function);
    end loop;
    update tidemark.watched w set definition = wanted where w.relation = cover.relation;
    changed := true;
  end if;
  for each in select * from tidemark.missing_triggers(watched) loop
    execute format('create or replace trigger %I after %s on %s %s for each statement execute function tidemark.%I()',
      'tidemark_' || each.function, each.event, each.member, each.referencing_clause, each.function);
    -- Replication roles and pg_restore --disable-triggers write rows as well.
    execute format('alter table %s enable always trigger %I', each.member, 'tidemark_' || each.function);
    changed := true;
  end loop;
  for each in
    select t.tgname as name, t.tgrelid::pg_catalog.regclass as member
    from tidemark.capture_functions(watched.number) f
    join pg_catalog.pg_trigger t on t.tgfoid = to_regproc('tidemark.' || f.function)
    where not exists (select from tidemark.family(relation) m (member) where m.member = t.tgrelid)
  loop
    execute format('drop trigger %I on %s', each.name, each.member);
    changed := true;
  end loop;
  perform set_config('tidemark.covering', '', true);
  return changed;
end $tidemark$;

create or replace function tidemark.watch(relation regclass, columns text[] default null) returns void
language plpgsql set search_path = '' as $tidemark$
declare
  obstacle pg_catalog.text := tidemark.obstacle(relation);
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
  -- A row that has changed has told of itself.
  if tidemark.cover(relation) and not changed then perform tidemark.tell_schema_change(); end if;
end $tidemark$;

create or replace function tidemark.unwatch(relation regclass) returns void
language plpgsql set search_path = '' as $tidemark$
declare
  number bigint;
  each pg_catalog.record;
begin
  delete from tidemark.watched w where w.relation = unwatch.relation returning w.number into number;
  if not found then return; end if;
  perform set_config('tidemark.covering', 'on', true);
  for each in select * from tidemark.capture_functions(number) loop
    execute format('drop function if exists tidemark.%I() cascade', each.function);
  end loop;
  perform set_config('tidemark.covering', '', true);
end $tidemark$;
`;
