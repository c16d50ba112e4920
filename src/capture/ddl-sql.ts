/**
 * DDL: whatever may change answers without changing rows flushes everything, counts as a new version of the
 * schema, and brings the triggers in order (new partitions, renamed and dropped columns).
 *
 * Event triggers need a superuser, or Supabase, whose supautils lets `postgres` create them and skips them for
 * DDL of its own superusers. Where they cannot be had, run `select tidemark.schema_changed()` after each migration.
 * Changes that belong to no database (ALTER ROLE … SET) fire none.
 */
export const DDL_SQL = `
create or replace function tidemark.tell_schema_change() returns void
language plpgsql set search_path = '' as $tidemark$
begin
  insert into tidemark.schema_change default values;
  insert into tidemark.outbox (op) values ('FLUSH');
  perform tidemark.nudge();
end $tidemark$;

create or replace function tidemark.schema_changed() returns void
language plpgsql set search_path = '' as $tidemark$
declare
  watched tidemark.watched;
begin
  for watched in select * from tidemark.watched loop
    begin
      if exists (select from pg_catalog.pg_class c where c.oid = watched.relation) then
        perform tidemark.cover(watched.relation);
      else
        perform tidemark.unwatch(watched.relation);
      end if;
    exception when others then
      -- It stays as it was, and tidemark_schema() shows it as not covered.
      raise warning 'tidemark cannot cover %: %', watched.relation, sqlerrm;
    end;
  end loop;
  perform tidemark.tell_schema_change();
end $tidemark$;

create or replace function tidemark.is_concerned_by(schema_name text, object_type text, identity text, dropped boolean)
returns boolean language sql stable set search_path = '' as $tidemark$
  select case
    -- Policies, triggers, casts, grants and the like belong to no schema; those on temporary tables say so in their name.
    when schema_name is null then object_type <> 'schema' and coalesce(identity, '') !~ '\\mpg_temp\\M'
    -- Postgres' own, ours, and what Supabase's services do among themselves.
    when schema_name ~ '^pg_' or schema_name = any (array['information_schema', 'tidemark', 'realtime', '_realtime',
      'cron', 'net', 'supabase_functions', 'supabase_migrations', 'graphql', 'graphql_public', 'pgsodium', 'vault'])
      then false
    when schema_name = any ((select s.schemas from tidemark.settings s)::pg_catalog.text[]) then true
    when exists (select from tidemark.watched w
      join pg_catalog.pg_class c on c.oid = w.relation join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = schema_name) then true
    -- Elsewhere: what views and policies may call or read through. A type in use is not dropped by itself.
    when object_type in ('function', 'procedure', 'aggregate', 'operator', 'view', 'collation') then true
    else object_type in ('type', 'domain') and not dropped
  end
$tidemark$;

create or replace function tidemark.on_ddl() returns event_trigger
language plpgsql security definer set search_path = '' as $tidemark$
declare
  concerned boolean;
begin
  if current_setting('tidemark.covering', true) = 'on' then return; end if;
  if tg_event = 'sql_drop' then
    select bool_or(tidemark.is_concerned_by(d.schema_name, d.object_type, d.object_identity, true)) into concerned
      from pg_event_trigger_dropped_objects() d where not d.is_temporary;
  else
    select bool_or(tidemark.is_concerned_by(c.schema_name, c.object_type, c.object_identity, false)) into concerned
      from pg_event_trigger_ddl_commands() c
      where c.command_tag not in
        ('COMMENT', 'SECURITY LABEL', 'REFRESH MATERIALIZED VIEW', 'ALTER DEFAULT PRIVILEGES', 'CREATE STATISTICS');
  end if;
  if concerned then perform tidemark.schema_changed(); end if;
exception when others then
  raise warning 'tidemark did not notice this change of the schema: %', sqlerrm;
end $tidemark$;
`;

/** First of all, so that the migration's own DDL is nobody's change. */
export const DROP_EVENT_TRIGGERS_SQL = `
drop event trigger if exists tidemark_ddl;
drop event trigger if exists tidemark_drop;
`;

/** Last of all. */
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
