import { literal, textArray } from "../sql/quote.ts";

/**
 * The settings of both installations. To run it again replaces the schemas.
 *
 * @param timeZone undefined: unchanged, which is UTC at first
 */
export function settingsSql(schemas: readonly string[], timeZone: string | undefined): string {
  return `
create table if not exists tidemark.settings (
  only_row boolean primary key default true check (only_row),
  schemas text[] not null,
  time_zone text not null,
  nudge text not null default 'off' check (nudge in ('off', 'notify', 'http')),
  nudge_url text,
  -- The keys of the inner and the outer hash of HMAC, ready to use.
  nudge_inner bytea,
  nudge_outer bytea
);
alter table tidemark.settings add column if not exists covering_key uuid not null default gen_random_uuid(),
  -- The roles that may call besides the keeper's. Null: an earlier version has installed this, and stored none.
  add column if not exists callers text[];
insert into tidemark.settings (schemas, time_zone) values (${textArray(schemas)}, ${literal(timeZone ?? "UTC")})
  on conflict (only_row) do update set schemas = excluded.schemas${timeZone === undefined ? "" : ", time_zone = excluded.time_zone"};
`;
}

/**
 * What capture stores. An insert into the outbox can neither conflict nor wait: its only index, which
 * `tidemark.identify()` makes, is unique by the transaction's number, the row's number and the clock. Columns of type
 * json keep the printed text with all digits.
 *
 * A new outbox is a new incarnation: a keeper that has pulled from another one flushes everything.
 */
export const STORAGE_SQL = `
create table if not exists tidemark.state (
  only_row boolean primary key default true check (only_row),
  incarnation uuid not null,
  -- How many rows of schema_change have been deleted. The others are counted there, so that no writer waits to count here.
  schema_version bigint not null default 0,
  -- Everything deleted is visible in this snapshot; the highest transaction among it.
  pruned_snapshot pg_snapshot,
  pruned_through xid8,
  -- What is visible in this snapshot may be deleted once that is old enough.
  next_prune pg_snapshot,
  next_prune_at timestamptz
);

create table if not exists tidemark.schema_change (txid xid8 not null default pg_current_xact_id());

-- regclass survives renames and pg_upgrade, and pg_dump writes it as a name.
create table if not exists tidemark.watched (
  relation regclass primary key,
  number bigint generated always as identity,
  columns text[],
  -- A comment with a fingerprint, then the functions' text. In one column, because a new one would lock the table on an upgrade.
  definition text
);

do $tidemark$
begin
  if to_regclass('tidemark.outbox') is not null and exists (select from tidemark.state) then return; end if;
  create table if not exists tidemark.outbox (
    id bigint generated always as identity,
    txid xid8 not null default pg_current_xact_id(),
    written_at timestamptz not null default clock_timestamp(),
    -- INSERT, UPDATE, DELETE, TRUNCATE, FLUSH; a FLUSH without a table flushes everything.
    op text not null,
    schema_name text,
    table_name text,
    record json,
    old_record json
  );
  -- It takes a fifth of the time. Only of a new outbox: to alter one in use would have to wait for its writers.
  if exists (select from pg_settings s where s.name = 'default_toast_compression' and 'lz4' = any (s.enumvals)) then
    alter table tidemark.outbox alter record set compression lz4, alter old_record set compression lz4;
  end if;
  insert into tidemark.state (incarnation) values (gen_random_uuid())
    on conflict (only_row) do update set incarnation = excluded.incarnation, pruned_snapshot = null,
      pruned_through = null, next_prune = null, next_prune_at = null;
end $tidemark$;
-- Empty after every recovery from a crash, also without a new postmaster (a killed backend): transaction ids that were not
-- on disk are used again, and a cursor may have seen them already.
do $tidemark$
begin
  -- If it was altered to be logged, it would survive a crash.
  if exists (select from pg_class c where c.oid = to_regclass('tidemark.uptime') and c.relpersistence <> 'u') then
    drop table tidemark.uptime;
  end if;
end $tidemark$;
create unlogged table if not exists tidemark.uptime (id uuid not null);
insert into tidemark.uptime select gen_random_uuid() where not exists (select from tidemark.uptime);
create sequence if not exists tidemark.nudge_clock;
-- Everybody may read a comment: see DATABASE_SQL.
do $tidemark$
begin
  if coalesce(obj_description('tidemark'::regnamespace, 'pg_namespace'), '') !~ ' installation [0-9a-f-]{36}$' then
    execute format('comment on schema tidemark is %L', 'Tidemark, installation ' || gen_random_uuid());
  end if;
end $tidemark$;
`;
