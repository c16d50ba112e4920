/**
 * Reasons why a table cannot be watched. With a statement trigger that has transition tables, Postgres refuses some
 * writes: an INSERT into a foreign partition ("cannot collect transition tuples from child foreign tables"), or one
 * into a hypertable of TimescaleDB. And when a trigger cannot insert into the outbox, the write fails. No write may
 * fail because of us: while there is an obstacle, `cover` removes the triggers, and it adds them again afterwards.
 */
export const OBSTACLE_SQL = `
-- The table, its partitions and its child tables, all the way down. A temporary child belongs to one session: its rows are
-- in no other session's answers, and no other session may touch it.
create or replace function tidemark.family(root regclass) returns setof regclass
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  with recursive family as (
    select root::pg_catalog.oid as member
    union
    select i.inhrelid from family f
    join pg_catalog.pg_inherits i on i.inhparent = f.member
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relpersistence <> 't'
  )
  select f.member::pg_catalog.regclass from family f join pg_catalog.pg_class c on c.oid = f.member order by 1
$tidemark$;

-- TimescaleDB creates and drops chunks without event triggers, and refuses triggers with transition tables on them.
create or replace function tidemark.is_hypertable(relation oid) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
declare
  found_it boolean;
begin
  -- A table of that name that belongs to the extension.
  if not exists (
    select from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
    join pg_catalog.pg_extension e on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid
    where n.nspname = '_timescaledb_catalog' and c.relname = 'hypertable' and c.relkind = 'r' and e.extname = 'timescaledb'
  ) then
    return false;
  end if;
  execute 'select exists (select from _timescaledb_catalog.hypertable h
      join pg_catalog.pg_namespace n on n.nspname = h.schema_name
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = h.table_name
      where c.oid = $1)'
    into found_it using relation;
  return found_it;
end $tidemark$;

-- Why a table cannot be watched; null if it can.
create or replace function tidemark.obstacle(root regclass) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
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
        else c.oid::pg_catalog.regclass || ' is a hypertable: its chunks take no triggers with transition tables'
      end
    from tidemark.family(root) f (member)
    join pg_catalog.pg_class c on c.oid = f.member
    left join pg_catalog.pg_subscription_rel s on s.srrelid = c.oid
    where c.relkind not in ('r', 'p') or c.relpersistence = 't' or s.srrelid is not null or tidemark.is_hypertable(c.oid)
    limit 1
  ), (
    -- Statements on any table above can add, remove and move rows.
    select root || ' is a part of ' || a.relation::pg_catalog.regclass || ', statements on which fire no trigger here: watch that'
    from ancestor a
    where not exists (select from pg_catalog.pg_inherits i where i.inhrelid = a.relation)
      and not exists (select from tidemark.watched w where w.relation = a.relation)
    limit 1
  ))
$tidemark$;

-- Why the outbox does not accept what the triggers write; null if it does, or is missing, which triggers handle themselves.
-- It finds out by trying, with the rights of the triggers, whatever was done to the outbox.
--
-- Only what lasts is an obstacle. A lock held for a moment, a full disk or one of this session's own limits must not remove
-- the triggers: that would leave all tables unwatched for a reason that is soon gone.
create or replace function tidemark.outbox_obstacle() returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $tidemark$
begin
  if to_regclass('tidemark.outbox') is null then return null; end if;
  insert into tidemark.outbox (op, schema_name, table_name, record, old_record)
    select o.op, 'tidemark', 'outbox', o.image, o.image
    from unnest(array['INSERT', 'UPDATE', 'DELETE', 'INSERT 2', 'UPDATE 250', 'DELETE 10', 'TRUNCATE', 'FLUSH']) e (op)
    cross join lateral (values (e.op, '{}'::pg_catalog.json), (e.op, null)) o (op, image)
    cross join generate_series(1, 2);
  -- Undone with this block.
  raise exception using errcode = 'TMARK';
exception
  when sqlstate 'TMARK' then return null;
  when others then
    -- Two codes of class 55 only: a view in the outbox's place gives another one.
    if left(sqlstate, 2) in ('40', '53', '54', '57', '58') or sqlstate in ('55P03', '55006') then return null; end if;
    return 'the outbox takes no rows: ' || sqlerrm;
end $tidemark$;
`;
