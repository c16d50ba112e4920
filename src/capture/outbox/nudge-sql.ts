import { MAX_NUDGES_PER_SECOND } from "../sql/constants.ts";

/**
 * Nudges: at most one per transaction, none beyond the rate, and none that could fail a write. NOTIFY and pg_net send
 * them when the transaction commits.
 *
 * NOTIFY holds a lock of the whole server until the commit is on disk, so notifying transactions commit one after the
 * other. That is why it is off by default and why the rate is limited. The rate is counted in a sequence, the only
 * thing in Postgres that sessions share without locks or snapshots (a serializable writer cannot fail because of it).
 *
 * Signed by Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, made of the built-in sha256, so pgcrypto is not
 * needed. pg_net sends `body::text`, so that is what is signed.
 */
export const NUDGE_SQL = `
create or replace function tidemark.nudge() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $tidemark$
declare
  settings tidemark.settings;
  now_ms bigint := extract(epoch from clock_timestamp()) * 1000;
  due_ms bigint;
  id pg_catalog.text;
  body pg_catalog.jsonb := '{"type": "tidemark.nudge"}';
begin
  if current_setting('tidemark.nudged', true) = 'yes' then return; end if;
  perform set_config('tidemark.nudged', 'yes', true);
  begin
    select * into settings from tidemark.settings;
    if settings.nudge is null or settings.nudge = 'off' then return; end if;
    due_ms := greatest(pg_sequence_last_value('tidemark.nudge_clock'), now_ms);
    -- A burst of one second's worth, then only as fast as the clock.
    if due_ms > now_ms + 1000 then return; end if;
    perform setval('tidemark.nudge_clock', due_ms + ${1_000 / MAX_NUDGES_PER_SECOND});
    if settings.nudge = 'http' and tidemark.can_post() then
      id := 'msg_' || replace(gen_random_uuid()::pg_catalog.text, '-', '');
      perform net.http_post(url => settings.nudge_url, body => body, headers => jsonb_build_object(
        'content-type', 'application/json',
        'webhook-id', id,
        'webhook-timestamp', (now_ms / 1000)::pg_catalog.text,
        'webhook-signature', tidemark.signature(settings, concat_ws('.', id, now_ms / 1000, body))));
    elsif tidemark.may_notify() then
      perform pg_notify('tidemark', '');
    end if;
  exception when others then
    -- The next pull finds the change all the same.
    null;
  end;
end $tidemark$;

-- Whether a writer may notify. A notification cannot be undone and fails later, where it cannot be caught: PREPARE
-- TRANSACTION refuses a transaction that has notified, and a commit fails when the queue is full, which one listener in an
-- open transaction can cause. A trigger cannot know whether its transaction will be prepared, so it needs that to be off.
create or replace function tidemark.may_notify() returns boolean
language sql volatile set search_path = pg_catalog, pg_temp as $tidemark$
  select current_setting('max_prepared_transactions') = '0' and pg_notification_queue_usage() < 0.5
$tidemark$;

-- Whether pg_net is installed and not another role's function of that name, which must not run with our rights.
create or replace function tidemark.can_post() returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select coalesce(bool_and(r.rolsuper or r.rolname = current_user), false)
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_roles r on r.oid = p.proowner
    where n.nspname = 'net' and p.proname = 'http_post'
$tidemark$;

-- Why no nudges are sent although they are switched on; null otherwise.
create or replace function tidemark.nudge_obstacle() returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select case when s.nudge = 'http' then 'pg_net is not installed, and ' else '' end
      || 'a transaction that has notified cannot be prepared, which max_prepared_transactions = '
      || current_setting('max_prepared_transactions') || ' allows'
  from tidemark.settings s
  where (s.nudge = 'notify' or s.nudge = 'http' and not tidemark.can_post()) and current_setting('max_prepared_transactions') <> '0'
$tidemark$;

create or replace function tidemark.signature(settings tidemark.settings, content text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $tidemark$
  select 'v1,' || encode(sha256(settings.nudge_outer || sha256(settings.nudge_inner || convert_to(content, 'UTF8'))), 'base64')
$tidemark$;

create or replace function tidemark.set_nudge(nudge text, url text default null, secret text default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
declare
  key pg_catalog.bytea := decode(regexp_replace(secret, '^whsec_', ''), 'base64');
  inner_key pg_catalog.bytea := decode(repeat('36', 64), 'hex');
  outer_key pg_catalog.bytea := decode(repeat('5c', 64), 'hex');
begin
  if length(key) > 64 then key := sha256(key); end if;
  for i in 0 .. coalesce(length(key), 0) - 1 loop
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # get_byte(key, i));
    outer_key := set_byte(outer_key, i, get_byte(outer_key, i) # get_byte(key, i));
  end loop;
  if nudge = 'http' and (url is null or key is null) then raise exception 'a nudge by HTTP needs a URL and a secret'; end if;
  update tidemark.settings s set nudge = set_nudge.nudge, nudge_url = url,
    nudge_inner = case when key is not null then inner_key end,
    nudge_outer = case when key is not null then outer_key end;
  if tidemark.nudge_obstacle() is not null then
    raise warning 'tidemark sends no nudges: %', tidemark.nudge_obstacle()
      using hint = 'Changes are found when a bound asks for them. Nudge by pg_net, or set max_prepared_transactions = 0.';
  end if;
  -- While nudges are off, triggers do not even call this.
  perform tidemark.cover(w.relation) from tidemark.watched w
    where exists (select from pg_catalog.pg_class c where c.oid = w.relation);
end $tidemark$;
`;
