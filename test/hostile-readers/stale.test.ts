import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { A, B, change } from "./rig.ts";

let db: Database;
beforeAll(async () => {
  db = await openServer();
});
afterAll(() => db?.close());

const T = `create table public.secrets (id int primary key, owner uuid, "true" boolean, published boolean, "false" boolean, note text);
insert into public.secrets values (1, '${A}', false, true, false, 'x'), (2, '${B}', true, true, true, 'x');
alter table public.secrets enable row level security;`;
const own = "auth.uid() = owner";
const pol = (using: string) => `create policy p on public.secrets using (${using});`;
const READ = [
  "secrets",
  "select=id,note&order=id",
  "select id, note from public.secrets order by id",
] as const;
const touch = `update public.secrets set note = 'y' where id = 2`;

const CASES: Record<string, { setup: string; moved: string; anonymous?: boolean; tables?: string[] }> = {
  '("false" or own): a row that "false" shows changes': { setup: T + pol(`"false" or ${own}`), moved: touch },
  'two policies, one ("false")': {
    setup: `${T} create policy f on public.secrets using ("false"); ${pol(own)}`,
    moved: touch,
  },
  '("false") alone': { setup: T + pol(`"false"`), moved: touch },
  'anonymous: ("false") alone': { setup: T + pol(`"false"`), moved: touch, anonymous: true },
  'published = "true": that column moves': {
    setup: T + pol(`published = "true"`),
    moved: `update public.secrets set "true" = false where id = 2`,
  },
  'anonymous: published = "false"': { setup: T + pol(`published = "false"`), moved: touch, anonymous: true },
  'a claim = "true" column': {
    setup: T + pol(`((auth.jwt() ->> 'role') = 'authenticated') = "true"`),
    moved: `update public.secrets set "true" = false where id = 2`,
  },
  "a helper with a name cut at 63": {
    setup: `${T} create table public.gates (user_id uuid); insert into public.gates values ('${A}'); create function private.is_the_current_user_a_member_of_the_organization_that_owns_this_project() returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.gates g where g.user_id = auth.uid()) $$; ${pol("private.is_the_current_user_a_member_of_the_organization_that_owns_this_project()")}`,
    moved: "delete from public.gates",
    tables: ["gates"],
  },
  "a helper called with named arguments in another order": {
    setup: `${T} create table public.gates (user_id uuid, kind uuid); insert into public.gates values ('${A}', '${B}'); create function private.h(k uuid, u uuid) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.gates g where g.user_id = u and g.kind = k) $$; ${pol(`private.h(u => auth.uid(), k => '${B}'::uuid)`)}`,
    moved: "delete from public.gates",
    tables: ["gates"],
  },
  "a helper whose parameter is hidden by a column": {
    setup: `${T} create table public.gates (user_id uuid); insert into public.gates values ('${A}'), ('${B}'); create function private.h(user_id uuid) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.gates g where g.user_id = user_id) $$; ${pol("private.h(auth.uid())")}`,
    moved: "delete from public.gates",
    tables: ["gates"],
  },
  "lookup with a left join": {
    setup: `${T} create table public.gates (user_id uuid, doc int); insert into public.gates values ('${B}', 2); ${pol("exists (select from (values (1)) v(x) left join public.gates g on g.user_id = auth.uid() where g.user_id is null)")}`,
    moved: `insert into public.gates values ('${A}', 1)`,
    tables: ["gates"],
  },
  "lookup: count of others": {
    setup: `${T} create table public.gates (user_id uuid); ${pol("(select count(*) from public.gates g where g.user_id <> auth.uid()) = 0")}`,
    moved: `insert into public.gates values ('${B}')`,
    tables: ["gates"],
  },
  "lookup: not in": {
    setup: `${T} create table public.gates (user_id uuid); ${pol("not (auth.uid() in (select g.user_id from public.gates g))")}`,
    moved: `insert into public.gates values (null)`,
    tables: ["gates"],
  },
  "lookup: coalesce with a nullable claim": {
    setup: `${T} create table public.gates (user_id uuid, org text); insert into public.gates values ('${A}', null); ${pol("exists (select 1 from public.gates g where g.user_id = auth.uid() and g.org is not distinct from (auth.jwt() ->> 'org'))")}`,
    moved: `delete from public.gates`,
    tables: ["gates"],
  },
  "lookup: org = claim missing, negated": {
    setup: `${T} create table public.gates (user_id uuid, org text); insert into public.gates values ('${A}', 'x'); ${pol("exists (select 1 from public.gates g where g.user_id = auth.uid() and not coalesce(g.org = (auth.jwt() ->> 'org'), false))")}`,
    moved: `delete from public.gates`,
    tables: ["gates"],
  },
  "view of the owner with a claims filter": {
    setup: `${T} create view public.mine as select * from public.secrets s where exists (select 1 from public.teams t where t.owner = auth.uid()); insert into public.teams values (1, 't', '${A}');`,
    moved: "delete from public.teams",
  },
  "security definer function reads a table of RLS through a view": {
    setup: `${T} create table public.gates (user_id uuid); insert into public.gates values ('${A}'); create view public.gv as select * from public.gates; create function private.h() returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.gv g where g.user_id = auth.uid()) $$; ${pol("private.h()")}`,
    moved: "delete from public.gates",
    tables: ["gates"],
  },
  "a table named like its helper": {
    setup: `${T} create table public.h (u uuid, ok uuid); insert into public.h values ('${A}', '${A}'); create function private.h(u uuid) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.h where h.ok = h.u) $$; ${pol("private.h(auth.uid())")}`,
    moved: "delete from public.h",
    tables: ["h"],
  },
};
for (const [name, c] of Object.entries(CASES)) {
  test(`I7. ${name}`, async () => {
    const read = name.startsWith("view of the owner")
      ? (["mine", READ[1], "select id, note from public.mine order by id"] as const)
      : READ;
    const got = await change(
      db,
      c.setup,
      read[0],
      read[1],
      read[2],
      c.moved,
      ["secrets", ...(c.tables ?? []), ...(read[0] === "mine" ? ["mine"] : [])],
      c.anonymous,
    );
    if (!got.affected && !got.caveats?.length) expect(got.after).toEqual(got.before);
  });
}
