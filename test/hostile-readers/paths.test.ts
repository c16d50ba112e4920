import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { A, B, pair } from "./rig.ts";

let db: Database;
beforeAll(async () => {
  db = await openServer();
});
afterAll(() => db?.close());

const T = `create table public.secrets (id int primary key, owner uuid); insert into public.secrets values (1, '${A}'), (2, '${B}'); alter table public.secrets enable row level security;`;
const READ = ["secrets", "order=id", "select * from public.secrets order by id"] as const;
const TWO = `create schema extra; create function public.who() returns text language sql stable as $$ select 'x'::text $$; create function extra.who() returns text language sql stable set search_path = '' as $$ select auth.uid()::text $$;`;
const CASES: Record<string, { setup: string; after?: string }> = {
  "a path with a schema that a role gains by membership": {
    setup: `${T} ${TWO} create function private.f() returns boolean language sql stable set search_path = extra, public as $$ select who() in ('x', '${A}') $$; create policy p on public.secrets using (private.f());`,
    after:
      "revoke all on schema extra from public; grant usage on schema extra to staff; grant execute on all functions in schema extra to public; grant staff to authenticated",
  },
  "$user in the path": {
    setup: `${T} create schema authenticated; grant usage on schema authenticated to public; create function public.who() returns text language sql stable as $$ select 'x'::text $$; create function authenticated.who() returns text language sql stable set search_path = '' as $$ select auth.uid()::text $$; create function private.f() returns boolean language sql stable set search_path = "$user", public as $$ select who() in ('x', '${A}') $$; create policy p on public.secrets using (private.f());`,
  },
  "a helper that is replaced by another kind after the description": {
    setup: `${T} create function private.f() returns boolean language sql stable set search_path = '' as $$ select true $$; create policy p on public.secrets using (private.f());`,
    after: `create or replace function private.f() returns boolean language sql stable set search_path = '' as $$ select auth.uid() = '${A}' $$`,
  },
  "a helper's helper that is replaced": {
    setup: `${T} create function private.g() returns boolean language sql stable set search_path = '' as $$ select true $$; create function private.f() returns boolean language sql stable set search_path = '' as $$ select private.g() $$; create policy p on public.secrets using (private.f());`,
    after: `create or replace function private.g() returns boolean language sql stable set search_path = '' as $$ select auth.uid() = '${A}' $$`,
  },
  "a better overload appears": {
    setup: `${T} create function private.g(x numeric) returns boolean language sql stable set search_path = '' as $$ select true $$; create function private.f() returns boolean language sql stable set search_path = '' as $$ select private.g(1) $$; create policy p on public.secrets using (private.f());`,
    after: `create function private.g(x int) returns boolean language sql stable set search_path = '' as $$ select auth.uid() = '${A}' $$`,
  },
  "a partition's own policies, by the parent and by itself": {
    setup: `create table public.par (id int, owner uuid) partition by range (id); create table public.secrets partition of public.par for values from (0) to (10); insert into public.par values (1, '${A}'), (2, '${B}'); alter table public.secrets enable row level security; create policy p on public.secrets using (owner = auth.uid());`,
  },
};
for (const [name, c] of Object.entries(CASES))
  test(`S5. ${name}`, async () => {
    await db.exec(
      "do $$ begin if to_regrole('staff') is not null then revoke staff from authenticated; end if; end $$; drop schema if exists authenticated cascade",
    );
    const got = await pair(db, c.setup, ...READ, { tables: ["secrets"], ...(c.after && { after: c.after }) });
    if (got.share) expect(got.b).toEqual(got.a);
  });
