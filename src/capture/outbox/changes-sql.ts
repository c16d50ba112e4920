import { hash32 } from "../../runtime/hash.ts";
import {
  CHANGES_PER_PAGE,
  MAX_BYTES_PER_PAGE,
  MAX_BYTES_PER_PULL,
  MAX_CHANGES_PER_PULL,
} from "../sql/constants.ts";
import { identifier } from "../sql/quote.ts";
import { IDENTITY_SQL } from "./guard-sql.ts";
import { ROLES_DIGEST_SQL } from "./roles-sql.ts";

/**
 * The pull. It is STABLE, so that rows, snapshot, schema version and pruning come from one snapshot (P18). Its cursor
 * is a snapshot: it returns what `upto` sees and `since` did not see.
 *
 * `since` did not see the transactions that were running then and those that began later: two look-ups in an index,
 * however old the oldest transaction of the server is. The planner cannot know that, hence `enable_seqscan`; and `jit`,
 * because the cost that this setting makes up would switch it on.
 *
 * A batch is passed on as it is. A pull that would take too many pages tells the tables with the most changes as flushed,
 * on every page alike: what is between two snapshots does not change.
 */
const pullSql = (version: string) => `
create or replace function tidemark.is_readable(image json) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp as $tidemark$
begin
  -- The page, and PostgREST around it, add some levels.
  perform (repeat('[', 16) || image::pg_catalog.text || repeat(']', 16))::pg_catalog.json -> 0;
  return true;
exception when others then
  return false;
end $tidemark$;

create or replace function tidemark.changes(since pg_snapshot, upto pg_snapshot, after bigint, max int) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $tidemark$
#variable_conflict use_variable
declare
  state tidemark.state;
  uptime pg_catalog.uuid;
  identity pg_catalog.text;
  current pg_catalog.pg_snapshot := pg_current_snapshot();
  target pg_catalog.pg_snapshot := coalesce(upto, current);
  running pg_catalog.xid8[];
  reason pg_catalog.text;
  version bigint;
  changes pg_catalog.json;
  last bigint;
  more boolean := false;
  doubting boolean;
begin
  if pg_is_in_recovery() then
    raise sqlstate 'PT503' using message = 'tidemark_changes: this is a replica; ask the primary';
  end if;
  select * into strict state from tidemark.state;
  select u.id into uptime from tidemark.uptime u where exists (
    select from pg_catalog.pg_class c where c.oid = u.tableoid and c.relpersistence = 'u');
  identity := ${IDENTITY_SQL};
  version := state.schema_version + (select count(*) from tidemark.schema_change);
  reason := case
    when since is null then 'first'
    -- Postgres has recovered from a crash and was not pruned since.
    when uptime is null then 'history'
    -- Rows deleted by hand in the meantime would go unnoticed.
    when identity is null then 'history'
    -- A cursor from the future: the database was restored to an earlier moment.
    when pg_snapshot_xmax(since) > pg_snapshot_xmax(current) or pg_snapshot_xmax(target) > pg_snapshot_xmax(current)
      or pg_snapshot_xmax(state.pruned_snapshot) > pg_snapshot_xmax(current) then 'history'
    -- Rows that the cursor has not seen may have been deleted.
    when pg_snapshot_xmax(state.pruned_snapshot) > pg_snapshot_xmax(since) or exists (
      select from pg_snapshot_xip(since) x where pg_visible_in_snapshot(x, state.pruned_snapshot)) then 'pruned'
  end;
  if reason is null then
    running := array(select pg_snapshot_xip(since));
    foreach doubting in array array[false, true] loop
      with unseen as (
        select * from tidemark.outbox o where o.txid >= pg_snapshot_xmax(since)
        union all
        select * from tidemark.outbox o where o.txid = any (running)
      ), wanted as materialized (
        select u.*, coalesce(octet_length(u.record::pg_catalog.text), 0)
            + coalesce(octet_length(u.old_record::pg_catalog.text), 0) as size,
          case when u.op ~ '^[A-Z]+ [0-9]{1,6}$' then split_part(u.op, ' ', 2)::int else 1 end as images
        from unseen u where pg_visible_in_snapshot(u.txid, target)
      ), flushed as (
        -- The tables with the most changes, if all of them are too many.
        select t.schema_name, t.table_name, t.first from (
          select w.schema_name, w.table_name, min(w.id) as first,
            sum(sum(w.size)) over least_first as bytes, sum(sum(w.images)) over least_first as images
          from wanted w group by w.schema_name, w.table_name
          window least_first as (order by greatest(sum(w.size) / ${MAX_BYTES_PER_PULL}.0, sum(w.images) / ${MAX_CHANGES_PER_PULL}.0),
            w.schema_name, w.table_name)
        ) t
        where t.bytes > ${MAX_BYTES_PER_PULL} or t.images > ${MAX_CHANGES_PER_PULL}
      ), remaining as materialized (
        -- Of a table that is flushed, the first row says so, and the others say nothing more.
        select w.id, w.op, w.schema_name, w.table_name, w.record, w.old_record, w.written_at,
          case when w.size <= ${MAX_BYTES_PER_PAGE} and f.first is null then w.size else 0 end as size,
          case when f.first is null then w.images else 1 end as images,
          w.size <= ${MAX_BYTES_PER_PAGE} and f.first is null as told
        from wanted w
        left join flushed f on f.schema_name is not distinct from w.schema_name and f.table_name is not distinct from w.table_name
        where (after is null or w.id > after) and (f.first is null or w.id = f.first)
      ), page as (
        select * from (
          select s.*, rank() over (order by s.id) as rank, sum(s.images) over (order by s.id) as upto,
            sum(s.size) over (order by s.id) as bytes
          from (select r.* from remaining r order by r.id fetch first (max + 1) rows with ties) s
        ) p
        -- It ends between two numbers, never between rows of the same number, which exist if a sequence was set back.
        where p.rank = 1 or p.upto <= max and p.bytes <= ${MAX_BYTES_PER_PAGE}
      ), readable as (
        select p.*, p.told and (not doubting or tidemark.is_readable(p.record) and tidemark.is_readable(p.old_record)) as is_told
        from page p
      )
      select json_agg(json_build_object(
          'type', case when p.is_told then p.op else 'FLUSH' end, 'schema', p.schema_name, 'table', p.table_name,
          'record', case when p.is_told then p.record end, 'old_record', case when p.is_told then p.old_record end,
          'writtenAt', floor(extract(epoch from p.written_at) * 1000)
        ) order by p.id), max(p.id), (select bool_or(r.id > (select max(e.id) from page e)) from remaining r)
        into changes, last, more from readable p;
      begin
        perform changes -> 0;
        exit;
      exception when others then
        null;
      end;
    end loop;
    -- A TRUNCATE that has just ended shows in the table but not in our snapshot. From here on our lock prevents one.
    if pg_relation_filenode('tidemark.outbox') is distinct from (
      select c.relfilenode from pg_catalog.pg_class c where c.oid = 'tidemark.outbox'::pg_catalog.regclass) then
      reason := 'history';
      changes := null;
      more := false;
    end if;
  end if;
  return json_build_object(
    'incarnation', state.incarnation,
    -- DETACH PARTITION CONCURRENTLY hides rows while it waits, and after it was cancelled, before any event trigger fires.
    'started', concat_ws('/', '${version}', extract(epoch from pg_postmaster_start_time()), uptime, identity, (
      select string_agg(i.inhrelid::pg_catalog.text, ',' order by i.inhrelid) from pg_catalog.pg_inherits i where i.inhdetachpending),
      -- The same grants, settings and owners: what changes them fires no event trigger either.
      ${ROLES_DIGEST_SQL}),
    'schemaVersion', version,
    'snapshot', target::pg_catalog.text,
    'prunedThrough', state.pruned_through::pg_catalog.text,
    'prunedAt', floor(extract(epoch from state.next_prune_at) * 1000),
    'flush', reason is not null,
    'flushReason', reason,
    'changes', coalesce(changes, '[]'),
    'last', last,
    'more', coalesce(more, false),
    'now', floor(extract(epoch from clock_timestamp()) * 1000));
end $tidemark$;
`;

/** Another version of this function may divide a pull into other pages, so no pull may begin with one and end with the other. */
export const CHANGES_SQL = pullSql(hash32(pullSql("")).toString(36));

/**
 * The function that the keeper calls through PostgREST: `POST /rpc/tidemark_changes`. It answers
 *
 * ```
 * { "incarnation": uuid, "started": text, "schemaVersion": n,   see below for what a new value means
 *   "snapshot": text,              the cursor to store once the last page has been ingested
 *   "prunedThrough": text | null,  for people to read; `flush` decides, and takes more into account
 *   "prunedAt": epoch ms | null,   when pruning was last complete
 *   "flush": bool, "flushReason": "first" | "pruned" | "history" | null,
 *   "changes": [{ "type": INSERT | UPDATE | DELETE | TRUNCATE | FLUSH, "schema", "table", "record", "old_record",
 *                 "writtenAt": epoch ms of the statement },
 *               { "type": "UPDATE 120", …, "record": [120 rows], "old_record": [120 rows], … }],   a batch: several rows of one
 *                                statement. INSERT has no old_record, DELETE no record
 *   "last": n | null, "more": bool, "now": epoch ms }             all times by the database's clock
 * ```
 *
 * Changes have the shape of Supabase's Database Webhooks. A FLUSH without a table is a flush of everything. Ask for the
 * first page with `since` alone, and for the others with `upto` (the first page's `snapshot`) and `after` (the previous
 * page's `last`). After a new `incarnation` or `started`, flush everything. After a new `schemaVersion` or `started`, which
 * tells of changed roles and owners as well, ask `tidemark_schema`.
 */
export function changesWrapperSql(exposedSchema: string): string {
  return `
create or replace function ${identifier(exposedSchema)}.tidemark_changes(
  secret text, since text default null, upto text default null, after bigint default null, max int default ${CHANGES_PER_PAGE})
returns json language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $tidemark$
begin
  perform tidemark.check_secret(secret);
  return tidemark.changes(since::pg_catalog.pg_snapshot, upto::pg_catalog.pg_snapshot, after, max);
end $tidemark$;

create or replace function ${identifier(exposedSchema)}.tidemark_prune(secret text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $tidemark$
begin
  perform tidemark.check_secret(secret);
  return tidemark.prune();
end $tidemark$;
`;
}
