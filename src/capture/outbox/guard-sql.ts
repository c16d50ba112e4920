/** The triggers on our own tables. `changes()` proves nothing while one of them is missing or off. */
const GUARDS = [
  {
    table: "outbox",
    when: "after delete",
    how: "referencing old table as gone for each statement",
    calls: "on_pruned",
  },
  { table: "outbox", when: "after update", how: "for each statement", calls: "on_rewritten" },
  { table: "state", when: "before insert or update", how: "for each row", calls: "on_state" },
  {
    table: "schema_change",
    when: "after delete",
    how: "referencing old table as gone for each statement",
    calls: "on_counted",
  },
  { table: "watched", when: "after insert or delete", how: "for each row", calls: "on_watched" },
  {
    table: "watched",
    when: "after update",
    how: "for each row when ((old.relation, old.number, old.columns) is distinct from (new.relation, new.number, new.columns))",
    calls: "on_watched",
  },
  {
    table: "settings",
    when: "after update",
    how: "for each row when ((old.schemas, old.time_zone) is distinct from (new.schemas, new.time_zone))",
    calls: "on_watched",
  },
].map((guard) => ({ ...guard, name: `tidemark_guard_${guard.when.replaceAll(" ", "_")}` }));

const GUARDED = [...new Set(GUARDS.map(({ table }) => table))];

/** An expression that identifies these tables and their triggers; null while a guard is missing or off. */
export const IDENTITY_SQL = `(
    select case when count(*) filter (where t.tgname ~ '^tidemark_guard_' and t.tgenabled = 'A') = ${GUARDS.length}
      then md5(string_agg(concat_ws(' ', c.oid, c.xmin, t.oid, t.xmin), ' ' order by c.oid, t.oid)) end
    from pg_catalog.pg_class c left join pg_catalog.pg_trigger t on t.tgrelid = c.oid
    where c.oid = any (array[${GUARDED.map((table) => `'tidemark.${table}'`).join(", ")}]::pg_catalog.regclass[]))`;

/**
 * What the proof rests on may be altered by hand: a `delete` in the outbox, a restored state, a disabled trigger. A
 * keeper that pulled before must then flush. Our own pruning carries no mark; only what was done counts.
 *
 * - Rows: rows deleted from the outbox must be those that the state calls pruned, and a cursor that has not seen all of
 *   them flushes anyway. Any other deletion, and any update, makes a new incarnation. The state never goes back. Rows
 *   deleted from `schema_change` are added to its number.
 * - Tables and triggers: {@link IDENTITY_SQL} changes after DDL and after TRUNCATE, which write a new row in the
 *   catalog (VACUUM and ANALYZE do not). It is part of each pull's answer.
 */
export const GUARD_SQL = `
create or replace function tidemark.on_pruned() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  if exists (select from gone g cross join tidemark.state s
    where not coalesce(pg_visible_in_snapshot(g.txid, s.pruned_snapshot), false)) then
    update tidemark.state set incarnation = gen_random_uuid();
  end if;
  return null;
end $tidemark$;

create or replace function tidemark.on_rewritten() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  update tidemark.state set incarnation = gen_random_uuid();
  return null;
end $tidemark$;

create or replace function tidemark.on_state() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  if tg_op = 'INSERT' then
    new.incarnation := gen_random_uuid();
  elsif new.incarnation <> old.incarnation or new.schema_version < old.schema_version
    or not tidemark.sees_all_of(new.pruned_snapshot, old.pruned_snapshot) then
    new.incarnation := gen_random_uuid();
  end if;
  return new;
end $tidemark$;

create or replace function tidemark.on_counted() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  update tidemark.state set schema_version = schema_version + (select count(*) from gone);
  return null;
end $tidemark$;

create or replace function tidemark.on_watched() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  perform tidemark.tell_other_watch();
  return null;
end $tidemark$;

create or replace function tidemark.sees_all_of(later pg_snapshot, earlier pg_snapshot) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select earlier is null or coalesce(pg_snapshot_xmax(later) >= pg_snapshot_xmax(earlier) and not exists (
    select from pg_snapshot_xip(later) x where pg_visible_in_snapshot(x, earlier)), false)
$tidemark$;

create or replace function tidemark.missing_guards()
returns table (guarded text, name text, event_clause text, row_clause text, called text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select g.* from (values
    ${GUARDS.map(({ table, name, when, how, calls }) => `('${table}', '${name}', '${when}', '${how}', '${calls}')`).join(",\n    ")}
  ) g (guarded, name, event_clause, row_clause, called)
  where not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = to_regclass('tidemark.' || g.guarded) and t.tgname = g.name and t.tgenabled = 'A'
      and t.tgfoid = to_regproc('tidemark.' || g.called))
$tidemark$;

-- The event trigger recognizes our own DDL by this. Any session may set such a setting, and could hide a change of the
-- schema by calling it ours. So it is derived from a key that no other role can read, and holds for one transaction.
create or replace function tidemark.covering_mark() returns text
language sql volatile set search_path = pg_catalog, pg_temp as $tidemark$
  select md5(s.covering_key::pg_catalog.text || pg_current_xact_id()::pg_catalog.text) from tidemark.settings s
$tidemark$;

create or replace function tidemark.guard() returns void language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  each pg_catalog.record;
begin
  perform set_config('tidemark.covering', tidemark.covering_mark(), true);
  for each in select * from tidemark.missing_guards() m where to_regclass('tidemark.' || m.guarded) is not null loop
    execute format('create or replace trigger %I %s on tidemark.%I %s execute function tidemark.%I()',
      each.name, each.event_clause, each.guarded, each.row_clause, each.called);
    execute format('alter table tidemark.%I enable always trigger %I', each.guarded, each.name);
  end loop;
  perform set_config('tidemark.covering', '', true);
end $tidemark$;
`;
