import { ANALYSIS_SCHEMA, DDL_LOCK_TIMEOUT } from "../sql/constants.ts";

/**
 * DDL that may change answers without changing rows flushes everything, counts as a new version of the schema, and
 * updates the triggers (new partitions, renamed and dropped columns).
 *
 * **A closed world**: `is_concerned_by` lists what cannot change an answer. Everything else counts, so a command of a
 * later Postgres is a flush at worst. Answers that read unwatched relations are proven by their age only, so those
 * relations may come and go unnoticed.
 *
 * Event triggers need a superuser, or Supabase, whose supautils lets `postgres` create them and skips them for DDL of
 * its own superusers. Without them, run `select tidemark.schema_changed()` after each migration. Changes outside of any
 * database (ALTER ROLE … SET, ALTER DATABASE … SET) fire no event trigger, and neither does REASSIGN OWNED.
 */
export const DDL_SQL = `
create or replace function tidemark.tell_schema_change() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  insert into tidemark.schema_change default values;
  insert into tidemark.outbox (op) values ('FLUSH');
  perform tidemark.nudge();
  begin
    -- PostgREST answers by the old schema until it is notified.
    if tidemark.may_notify() then perform pg_notify('pgrst', 'reload schema'); end if;
  exception when others then
    null;
  end;
end $tidemark$;

-- Other tables are watched, or in another way: a new version, in which all names mean what they meant.
create or replace function tidemark.tell_other_watch() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  -- It may be about to be created again, as a new incarnation.
  if to_regclass('tidemark.outbox') is null then return; end if;
  perform tidemark.tell_schema_change();
  perform tidemark.keep_analyses();
end $tidemark$;

create or replace function tidemark.schema_changed() returns void
language plpgsql set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  watched tidemark.watched;
  outbox_obstacle pg_catalog.text;
  began pg_catalog.timestamptz := clock_timestamp();
begin
  begin
    perform tidemark.guard();
    perform tidemark.identify();
  exception when others then
    raise warning 'tidemark cannot bring its own tables in order: %', sqlerrm;
  end;
  outbox_obstacle := tidemark.outbox_obstacle();
  for watched in select * from tidemark.watched loop
    begin
      if exists (select from pg_catalog.pg_class c where c.oid = watched.relation) then
        -- The time limit for all of them together. With no time left, each is still tried once.
        perform tidemark.cover(watched.relation, outbox_obstacle,
          greatest(began + '${DDL_LOCK_TIMEOUT}' - clock_timestamp(), '1 microsecond'));
      else
        perform tidemark.unwatch(watched.relation);
      end if;
    exception when others then
      -- It stays as it was, and tidemark_schema() shows it as not covered.
      raise warning 'tidemark cannot cover %: %', watched.relation, sqlerrm
        using hint = 'Run select tidemark.schema_changed() when that has gone.';
    end;
  end loop;
  if outbox_obstacle is null then
    perform tidemark.tell_schema_change();
  else
    -- That is a new version all the same, and a new identity of the outbox, so the next pull flushes everything.
    insert into tidemark.schema_change default values;
  end if;
  perform tidemark.analyse_functions();
end $tidemark$;

-- A GRANT does not say what it was on, but leaves a row of this transaction in a catalog. While a transaction runs, only it
-- sees its own rows, including those of its subtransactions.
create or replace function tidemark.is_ours(row_xid xid) returns boolean
language sql volatile set search_path = pg_catalog, pg_temp as $tidemark$
  select case when age(row_xid) <= m.age then
      pg_xact_status((m.id::pg_catalog.text::bigint + m.age - age(row_xid))::pg_catalog.text::pg_catalog.xid8) = 'in progress'
    else false end
  from (select x.id, age(x.id::pg_catalog.xid) as age from (select pg_current_xact_id() as id) x) m
$tidemark$;

-- Whether a GRANT on objects of this type may have been on one that is not temporary.
create or replace function tidemark.has_granted(object_type text) returns boolean
language sql volatile set search_path = pg_catalog, pg_temp as $tidemark$
  select case
    when object_type in ('TABLE', 'SEQUENCE') then
      exists (select from pg_catalog.pg_class c where c.relpersistence <> 't' and tidemark.is_ours(c.xmin))
      or exists (select from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        where c.relpersistence <> 't' and tidemark.is_ours(a.xmin))
    when object_type in ('FUNCTION', 'PROCEDURE', 'ROUTINE') then
      exists (select from pg_catalog.pg_proc p where not pg_is_other_temp_schema(p.pronamespace)
        and p.pronamespace <> pg_my_temp_schema() and tidemark.is_ours(p.xmin))
    when object_type in ('TYPE', 'DOMAIN') then
      exists (select from pg_catalog.pg_type t where not pg_is_other_temp_schema(t.typnamespace)
        and t.typnamespace <> pg_my_temp_schema() and tidemark.is_ours(t.xmin))
    else true
  end
$tidemark$;

-- The tag of what was dropped is DROP.
create or replace function tidemark.is_concerned_by(tag text, schema_name text, object_type text, identity text)
returns boolean language sql volatile set search_path = pg_catalog, pg_temp as $tidemark$
  select not coalesce(case
    -- Texts for people; unwatched rows; objects to come; plans.
    when tag in ('COMMENT', 'REFRESH MATERIALIZED VIEW', 'ALTER DEFAULT PRIVILEGES', 'CREATE STATISTICS',
      'ALTER STATISTICS', 'REINDEX') then true
    when tag in ('GRANT', 'REVOKE') then not tidemark.has_granted(object_type)
    when tag in ('CREATE SCHEMA', 'DROP') and object_type = 'schema' then true
    -- Which rows will come, and what has gone with its view.
    when tag = 'DROP' and (object_type = 'default value' or identity ~ '^"_RETURN" on ') then true
    -- Objects of one session. Triggers, policies and rules have no schema, but their identity names it.
    when schema_name is null then identity ~ ' on pg_temp[.]("([^"]|"")*"|[^". ]+)$'
    when schema_name ~ '^pg_(temp|toast)' then true
    -- Where bodies are parsed: nothing stays there.
    when schema_name = '${ANALYSIS_SCHEMA}' then true
    -- Any change of our tables may fail other roles' writes.
    when schema_name = 'tidemark' then false
    when schema_name = any ((select s.schemas from tidemark.settings s)::pg_catalog.text[]) then false
    -- What a function's body names without a schema may be found there from now on.
    when exists (select from tidemark.analysis_run r where schema_name = any (r.schemas)) then false
    when exists (select from tidemark.watched w cross join tidemark.family(w.relation) f (member)
      join pg_catalog.pg_class c on c.oid = f.member join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = schema_name) then false
    -- In other schemas no table is watched. But an ALTER may just have moved it there.
    when object_type in ('index', 'sequence') then true
    when object_type in ('table', 'materialized view', 'foreign table') then tag ~ '^(CREATE|DROP|SELECT INTO)'
    -- What used it is gone as well, and counts by itself.
    when object_type in ('type', 'table constraint', 'statistics object') then tag = 'DROP'
  end, false)
$tidemark$;

create or replace function tidemark.on_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set quote_all_identifiers = off as $tidemark$
declare
  concerned boolean;
begin
  if current_setting('tidemark.covering', true) = tidemark.covering_mark() then return; end if;
  if tg_event = 'sql_drop' then
    -- Ignores what is dropped together with its owner (a table's defaults, indexes, triggers).
    select bool_or(tidemark.is_concerned_by('DROP', d.schema_name, d.object_type, d.object_identity)) into concerned
      from pg_event_trigger_dropped_objects() d where (d.original or d.normal) and not d.is_temporary;
    -- In any schema: the rows of a partition have gone with it. A former partition is found by its triggers. One that was an
    -- obstacle had none, and now the family lacks them.
    concerned := coalesce(concerned, false)
      or exists (select from pg_event_trigger_dropped_objects() d
        where d.object_type = 'trigger' and d.object_identity ~ '^tidemark_capture_[0-9]+_insert on ')
      or exists (select from pg_event_trigger_dropped_objects() d
        where d.object_type in ('table', 'foreign table') and not d.is_temporary)
        and exists (select from tidemark.watched w where exists (select from tidemark.missing_triggers(w)));
  else
    select bool_or(tidemark.is_concerned_by(c.command_tag, c.schema_name, c.object_type, c.object_identity))
      into concerned from pg_event_trigger_ddl_commands() c;
    -- It does not report the rights and policies that it has removed.
    if tg_tag = 'DROP OWNED' then concerned := true; end if;
  end if;
  if concerned then perform tidemark.schema_changed(); end if;
exception when others then
  raise warning 'tidemark could not follow this change of the schema: %', sqlerrm
    using hint = 'Run select tidemark.schema_changed() when that has gone.';
  begin
    perform tidemark.tell_schema_change();
  exception when others then
    -- The outbox accepts nothing now (it is locked, the disk is full): a new incarnation flushes everything, too.
    begin
      insert into tidemark.schema_change default values;
      update tidemark.state set incarnation = gen_random_uuid();
    exception when others then
      -- Conditions that the DDL's session can cause (little stack left, no memory, a deadlock, a lock_timeout) must not hide
      -- the DDL: what cannot be recorded fails. It is not a write.
      if substr(sqlstate, 1, 2) in ('40', '53', '54') or sqlstate = '55P03' then raise; end if;
    end;
  end;
end $tidemark$;
`;

/** Runs first, so that the migration's own DDL does not count as a change. */
export const DROP_EVENT_TRIGGERS_SQL = `
drop event trigger if exists tidemark_ddl;
drop event trigger if exists tidemark_drop;
`;

/** Runs last. */
export const EVENT_TRIGGERS_SQL = `
do $tidemark$
begin
  create event trigger tidemark_ddl on ddl_command_end execute function tidemark.on_ddl();
  alter event trigger tidemark_ddl enable always;
  create event trigger tidemark_drop on sql_drop execute function tidemark.on_ddl();
  alter event trigger tidemark_drop enable always;
exception when insufficient_privilege then
  raise notice 'tidemark: no event triggers here; run select tidemark.schema_changed() after each migration';
end $tidemark$;
`;
