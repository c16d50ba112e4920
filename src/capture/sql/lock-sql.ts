import { LOCK_POLL_SECONDS, LOCK_TIMEOUT } from "./constants.ts";
import { textArray } from "./quote.ts";

/** For a loop that has tried to lock `used`. Names are qualified, because the removing script runs it by itself. */
const GIVE_UP = `if allowed > '0' and pg_catalog.clock_timestamp() > began + allowed then
        raise exception 'tidemark: % is in use, and could not be locked within %', used, allowed
          using errcode = 'lock_not_available', hint = 'Run it again when no long transaction uses the table, '
            'or allow it more time: set tidemark.lock_timeout = ''1min''. Nobody waits for it while it tries.';
      end if;`;

/**
 * How the migration takes locks: all that it needs at once or none, and **without queueing**. In Postgres, writers
 * queue behind a session that waits for a stronger lock, so one forgotten transaction would stop a table for every
 * writer. And a session that waits for a second table while it holds a first one may deadlock, with the writer as
 * Postgres' victim. So the migration tries with NOWAIT, releases everything if one table is in use, and tries again
 * until its time is over. Once it has all locks it does not wait any more; writers wait from then until the commit.
 *
 * `set tidemark.lock_timeout = '1min'` before the migration gives it more time; 0 means no limit, as for
 * `lock_timeout`.
 *
 * After other DDL there is less time, because that DDL already holds locks that others wait for: `DDL_LOCK_TIMEOUT` for
 * all watched tables together.
 */
export const LOCK_SQL = `
create or replace function tidemark.lock_timeout() returns interval
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select coalesce(nullif(current_setting('tidemark.lock_timeout', true), ''), '${LOCK_TIMEOUT}')::pg_catalog.interval
$tidemark$;

-- Locks all of these tables, each in its mode, or fails; null means none. Makes at least one attempt, whatever time is
-- allowed; null means what the session allows.
create or replace function tidemark.lock_tables(relations regclass[], modes text[], allowed interval default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  began pg_catalog.timestamptz := clock_timestamp();
  used pg_catalog.regclass;
begin
  allowed := coalesce(allowed, tidemark.lock_timeout());
  loop
    begin
      for i in 1 .. coalesce(cardinality(relations), 0) loop
        used := relations[i];
        execute format('lock table only %s in %s mode nowait', used, modes[i]);
      end loop;
      return;
    exception when lock_not_available then
      -- The locks are released here.
      ${GIVE_UP}
    end;
    perform pg_sleep(${LOCK_POLL_SECONDS});
  end loop;
end $tidemark$;

-- What the migration has to lock, and in which mode, before it can update these tables and all watched ones.
create or replace function tidemark.wanted_locks(relations regclass[])
returns table (relation regclass, mode text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select c.oid::pg_catalog.regclass, case when bool_or(l.is_exclusive) then 'access exclusive' else 'share row exclusive' end
  from (
    select t.member, false from tidemark.watched w cross join tidemark.missing_triggers(w) t
      where tidemark.obstacle(w.relation) is null
    union all
    select t.member, true from tidemark.watched w cross join tidemark.surplus_triggers(w) t
    union all
    select t.member, true from tidemark.watched w cross join tidemark.triggers(w.number) t
      where tidemark.obstacle(w.relation) is not null
    union all
    select m.member, false from unnest(relations) r (root) cross join tidemark.family(r.root) m (member)
      where not exists (select from tidemark.watched w where w.relation = r.root)
    union all
    select to_regclass('tidemark.' || g.guarded), false from tidemark.missing_guards() g
    union all
    select i.relation, true from tidemark.missing_identities() i
  ) l (relation, is_exclusive)
  join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p')
  group by c.oid
  order by 1
$tidemark$;

-- What is missing or superfluous in one family. Other families may be in use and do not matter.
create or replace function tidemark.lock_family(watched tidemark.watched, allowed interval) returns void
language sql set search_path = pg_catalog, pg_temp as $tidemark$
  select tidemark.lock_tables(array_agg(l.member order by l.member), array_agg(l.mode order by l.member), allowed)
  from (
    select m.member, case when bool_or(m.is_exclusive) then 'access exclusive' else 'share row exclusive' end as mode
    from (
      select t.member, false as is_exclusive from tidemark.missing_triggers(watched) t
      union all
      select t.member, true from tidemark.surplus_triggers(watched) t
    ) m
    group by m.member
  ) l
$tidemark$;

create or replace function tidemark.lock_for(relations regclass[]) returns void
language sql set search_path = pg_catalog, pg_temp as $tidemark$
  select tidemark.lock_tables(array_agg(w.relation), array_agg(w.mode)) from tidemark.wanted_locks(relations) w
$tidemark$;
`;

/** Locks what the rest of the migration needs. @param names as `regclass` reads them; missing ones are ignored */
export function lockSql(names: readonly string[]): string {
  return `
select tidemark.lock_for(array(
  select distinct to_regclass(n.name) from unnest(${textArray(names)}) n (name) where to_regclass(n.name) is not null));
`;
}

/** Ends what still waits (two migrations at once, a locked table of ours), unless the session has its own timeout. */
export const LIMIT_WAITING_SQL = `
do $tidemark$
declare
  allowed pg_catalog.text := coalesce(nullif(pg_catalog.current_setting('tidemark.lock_timeout', true), ''), '${LOCK_TIMEOUT}');
begin
  perform pg_catalog.set_config('tidemark.lock_timeout_before', pg_catalog.current_setting('lock_timeout'), false);
  if pg_catalog.current_setting('lock_timeout') = '0' then perform pg_catalog.set_config('lock_timeout', allowed, false); end if;
end $tidemark$;
`;

export const WAIT_AS_BEFORE_SQL = `
do $tidemark$
begin
  perform pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('tidemark.lock_timeout_before'), false);
end $tidemark$;
`;

/** For the removing script: to drop a trigger locks its table against readers as well. */
export const LOCK_TO_REMOVE_SQL = `
do $tidemark$
declare
  used pg_catalog.regclass;
  allowed pg_catalog.interval := coalesce(nullif(pg_catalog.current_setting('tidemark.lock_timeout', true), ''), '${LOCK_TIMEOUT}')::pg_catalog.interval;
  began pg_catalog.timestamptz := pg_catalog.clock_timestamp();
begin
  loop
    begin
      for used in
        select t.tgrelid from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
          join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where n.nspname = 'tidemark' and t.tgparentid = 0
        union
        select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'tidemark' and c.relkind = 'r'
        order by 1
      loop
        execute pg_catalog.format('lock table only %s in access exclusive mode nowait', used);
      end loop;
      return;
    exception when lock_not_available then
      ${GIVE_UP}
    end;
    perform pg_catalog.pg_sleep(${LOCK_POLL_SECONDS});
  end loop;
end $tidemark$;
`;
