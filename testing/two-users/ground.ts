import { AUTH_SQL } from "../auth-sql.ts";
import { REMOVE_SQL } from "../in-process/feeds.ts";

/** Takes away what was here before, whichever trial left it. */
const CLEAR_SQL = `
${REMOVE_SQL}
drop schema if exists public, auth, private, trial, extra, authenticated cascade;
create schema public;
do $$ begin
  if to_regrole('staff') is null then create role staff nologin; end if;
  if to_regrole('authenticated') is not null then
    revoke staff from authenticated;
    revoke authenticated from staff;
    alter role authenticated nobypassrls;
  end if;
end $$;
`;

/** Runs queries as somebody, each by itself, and tells their answers; null where the database refuses. */
const ANSWERS_SQL = `
create schema trial;
grant usage on schema trial to public;
create function trial.answers(reader text, claims text, queries text[]) returns text[] language plpgsql as $$
declare
  query text;
  answer text;
  answers text[] := '{}';
begin
  perform set_config('request.jwt.claims', claims, true), set_config('request.method', 'GET', true),
    set_config('request.path', '/', true), set_config('request.headers', '{}', true), set_config('request.cookies', '{}', true);
  execute format('set local role %I', reader);
  foreach query in array queries loop
    begin
      execute query into answer;
    exception when others then
      answer := null;
    end;
    answers := answers || answer;
  end loop;
  return answers;
end $$;
`;

/**
 * Whatever was there before is gone, and there are tables and helpers as Supabase applications have them: `auth` as
 * Supabase installs it, and helpers that policies call, in every way that they are commonly written.
 */
export const GROUND_SQL = `
${CLEAR_SQL}
${AUTH_SQL}
${ANSWERS_SQL}
create schema private;
grant usage on schema public, auth, private to anon, authenticated, staff;
create type public.app_role as enum ('admin', 'editor');
create table public.profiles (id uuid primary key, role text not null default 'user');
create table public.roles (user_id uuid, role public.app_role, primary key (user_id, role));
create table public.teams (id int primary key, name text not null, owner uuid);
create table public.memberships (team_id int references public.teams on delete cascade, user_id uuid, primary key (team_id, user_id));
create table public.docs (id int primary key, title text, published bool not null default false, owner uuid, owner_text text,
  team_id int references public.teams on delete cascade, org_id bigint, tenant text, members uuid[] not null default '{}');
create table public.notes (id int primary key, doc_id int references public.docs on delete cascade, body text, user_id uuid);
create view public.open_docs with (security_invoker = on) as select id, title, owner from public.docs where published;
create view public.my_docs as select id, title from public.docs where owner = auth.uid();
create function private.is_member(team int) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.memberships m where m.team_id = team and m.user_id = (select auth.uid())) $$;
create function private.my_teams() returns setof int language sql stable security definer set search_path = '' as $$
  select m.team_id from public.memberships m where m.user_id = auth.uid() $$;
create function public.has_role(who uuid, wanted public.app_role) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.roles r where r.user_id = who and r.role = wanted) $$;
create function private.owns_team(team int) returns boolean stable security definer set search_path = '' begin atomic
  select exists (select 1 from public.teams t where t.id = team and t.owner = auth.uid()); end;
create function private.is_admin() returns boolean language plpgsql stable security definer set search_path = '' as $$
  begin return exists (select 1 from public.profiles p where p.id = auth.uid() and p.role = 'admin'); end $$;
create function private.session_is_odd() returns boolean language plpgsql stable as $$
  begin return length(current_setting('request.jwt.claims', true)::json ->> 'session_id') % 2 = 1; end $$;
create function private.tenant() returns text language sql immutable as $$
  select (nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant') $$;
grant select, insert, update, delete on all tables in schema public to anon, authenticated, staff;
grant execute on all functions in schema public, auth, private to anon, authenticated, staff;
`;

export const TABLES = ["profiles", "roles", "teams", "memberships", "docs", "notes"] as const;
export type TableName = (typeof TABLES)[number];

/** What can be read, views included. */
export const RELATIONS = [...TABLES, "open_docs", "my_docs"] as const;
