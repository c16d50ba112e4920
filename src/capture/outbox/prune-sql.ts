import {
  ABANDONED_PRUNE_BATCH,
  KEEP,
  KEEP_WHEN_ABANDONED,
  PRUNE_SECONDS,
  PRUNE_STEP,
} from "../sql/constants.ts";

/**
 * Pruning is separate from reading: a pull must be one STABLE function (P18), and a user's write should not pay for it.
 * So the keeper calls `tidemark_prune` now and then. If it has not for a day, writers prune a little
 * (`prune_abandoned`), so that the outbox stops growing. It does not need pg_cron.
 *
 * It deletes what was visible in a snapshot taken `keep` ago. A cursor that is not older than that snapshot has seen
 * all of it, even while a forgotten transaction is open; to compare with the highest deleted transaction alone would
 * flush everything at each pull until that transaction ends.
 */
export const PRUNE_SQL = `
create or replace function tidemark.prune(keep interval default '${KEEP}', batch int default 100000) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  known tidemark.state;
  deleted bigint := 0;
  doomed pg_catalog.tid[];
  highest pg_catalog.xid8;
  began pg_catalog.timestamptz := clock_timestamp();
begin
  -- One at a time, without waiting.
  select * into known from tidemark.state for update skip locked;
  if not found then return 0; end if;
  insert into tidemark.uptime select gen_random_uuid() where not exists (select from tidemark.uptime);
  if coalesce(pg_snapshot_xmax(known.next_prune) > pg_snapshot_xmax(pg_current_snapshot()), false)
    or coalesce(pg_snapshot_xmax(known.pruned_snapshot) > pg_snapshot_xmax(pg_current_snapshot()), false) then
    -- Transaction ids of another server: this database was restored from a dump.
    delete from tidemark.outbox;
    delete from tidemark.schema_change;
    update tidemark.state set incarnation = gen_random_uuid(), pruned_snapshot = null, pruned_through = null,
      next_prune = null, next_prune_at = null;
    return 0;
  end if;
  if known.next_prune_at > clock_timestamp() - keep then return 0; end if;
  if known.next_prune is not null then
    loop
      select array_agg(d.ctid), (array_agg(d.txid order by d.txid desc))[1] into doomed, highest from (
        select o.ctid, o.txid from tidemark.outbox o
        where o.txid < pg_snapshot_xmax(known.next_prune) and pg_visible_in_snapshot(o.txid, known.next_prune)
        order by o.txid limit least(batch - deleted, ${PRUNE_STEP})) d;
      exit when doomed is null;
      -- First, because the guard compares it with what is deleted.
      update tidemark.state set pruned_snapshot = known.next_prune,
        pruned_through = case when pruned_through > highest then pruned_through else highest end;
      delete from tidemark.outbox where ctid = any (doomed);
      deleted := deleted + cardinality(doomed);
      -- Otherwise a time limit of the caller's role would undo all of it each time.
      if clock_timestamp() > began + interval '${PRUNE_SECONDS} s' then return deleted; end if;
    end loop;
    delete from tidemark.schema_change c where pg_visible_in_snapshot(c.txid, known.next_prune);
    if deleted >= batch then return deleted; end if;
  end if;
  update tidemark.state set next_prune = pg_current_snapshot(), next_prune_at = clock_timestamp();
  return deleted;
end $tidemark$;

create or replace function tidemark.prune_abandoned() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  -- In a stricter transaction, to read here could fail the writer's commit.
  if current_setting('transaction_isolation') <> 'read committed' then return; end if;
  if exists (select from tidemark.state s where s.next_prune_at > clock_timestamp() - interval '${KEEP_WHEN_ABANDONED}') then
    return;
  end if;
  perform tidemark.prune('${KEEP_WHEN_ABANDONED}', ${ABANDONED_PRUNE_BATCH});
exception when others then
  -- Not a message for the writer, but for the database's owner and the keeper.
  raise log 'tidemark could not prune the outbox: % (%)', sqlerrm, sqlstate;
end $tidemark$;
`;
