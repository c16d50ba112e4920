-- A small version of what Supabase installs for Database Webhooks: row triggers queue a payload, a worker sends it.
-- As in pg_net, the queue is an UNLOGGED table and NOTIFY only says that there is work: a NOTIFY payload is limited
-- to 8,000 bytes, a row is not.
create schema webhooks;
create unlogged table webhooks.queue (
  id bigint generated always as identity primary key,
  payload text not null
);

-- The body that supabase_functions.http_request() builds: jsonb, so keys come in jsonb's order and numbers
-- keep every digit; OLD is null on INSERT and NEW on DELETE.
create function webhooks.enqueue() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into webhooks.queue (payload) values (
    jsonb_build_object(
      'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema,
      'record', to_jsonb(new), 'old_record', to_jsonb(old)
    )::text
  );
  perform pg_notify('webhooks', '');
  return null;
end
$$;

-- The dashboard's "create a webhook": INSERT, UPDATE and DELETE of one table. Tests use it for their own tables.
create function webhooks.watch(relation regclass) returns void language plpgsql as $$
begin
  execute format(
    'create trigger webhook after insert or update or delete on %s for each row execute function webhooks.enqueue()',
    relation
  );
end
$$;
