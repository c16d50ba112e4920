/**
 * Replica identities of our tables. We update and delete rows, which Postgres refuses ("does not have a replica
 * identity") once all tables or this schema are published and a table has none.
 *
 * The outbox's is an index that it has anyway. Not `FULL`, which would log each pruned row a second time; and a
 * subscriber with its own outbox (a copy that is to become the new primary) could not apply the deletion, because
 * `json` has no equality. The index is unique by a clock besides the row's two numbers, so inserts cannot conflict.
 */
export const REPLICA_IDENTITY_SQL = `
-- Our tables whose rows Postgres may refuse to update or delete once they are published, and what to do about it.
create or replace function tidemark.missing_identities() returns table (relation regclass, wanted text)
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select t.relation, t.wanted from (
    select c.oid::pg_catalog.regclass as relation, c.relreplident::pg_catalog.text as found, case
        when c.relname = 'outbox' then 'using index outbox_row'
        when exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary) then 'default'
        else 'full'
      end as wanted, exists (
        select from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
        where i.indrelid = c.oid and i.indisreplident and i.indisvalid and x.relname = 'outbox_row') as is_by_row
    from pg_catalog.pg_class c
    where c.relnamespace = 'tidemark'::pg_catalog.regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
  ) t
  where case t.wanted when 'default' then t.found <> 'd' when 'full' then t.found <> 'f' else not t.is_by_row end
$tidemark$;

create or replace function tidemark.identify() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  each pg_catalog.record;
begin
  perform set_config('tidemark.covering', tidemark.covering_mark(), true);
  for each in select * from tidemark.missing_identities() loop
    if each.wanted ~ '^using index' then
      if to_regclass('tidemark.outbox_row') is null then
        create unique index outbox_row on tidemark.outbox (txid, id, written_at);
      end if;
      -- From older versions.
      if to_regclass('tidemark.outbox_txid') is not null then drop index tidemark.outbox_txid; end if;
    end if;
    execute format('alter table %s replica identity %s', each.relation, each.wanted);
  end loop;
  perform set_config('tidemark.covering', '', true);
end $tidemark$;
`;
