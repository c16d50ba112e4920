import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { A, B, pair } from "./rig.ts";

let db: Database;
beforeAll(async () => {
  db = await openServer();
});
afterAll(() => db?.close());

const SECRETS = `create table public.secrets (id int primary key, owner uuid, "true" boolean, published boolean, "false" boolean);
insert into public.secrets values (1, '${A}', false, true, false), (2, '${B}', false, true, false);
alter table public.secrets enable row level security;`;
const READ = ["secrets", "order=id", "select * from public.secrets order by id"] as const;
const own = "auth.uid() = owner";
const GATE = `create table public.gates (user_id uuid); insert into public.gates values ('${A}'); alter table public.gates enable row level security; create policy g on public.gates to authenticated using (user_id = auth.uid());`;
const long = "is_the_current_user_a_member_of_the_organization_that_owns_this_project";
const plpgsql = (name: string, body: string, kind = "stable") =>
  `create function private.${name}() returns boolean language plpgsql ${kind} as $f$ begin ${body} end $f$;`;
const using = (f: string) => `create policy p on public.secrets to authenticated using (${f});`;

const CASES: Record<
  string,
  {
    setup: string;
    read?: readonly [string, string, string];
    after?: string;
    claims?: Record<string, string[]>;
    as?: string;
    dependsOn?: Record<string, string[]>;
    tables?: string[];
  }
> = {
  'S14: policy ("true"), a column': {
    setup: `${SECRETS} create policy a on public.secrets using ("true"); create policy b on public.secrets using (${own});`,
  },
  'S14: published = "true", a column': {
    setup: `${SECRETS} create policy a on public.secrets using (published = "true"); create policy b on public.secrets using (${own});`,
    read: [
      "secrets",
      "published=eq.true&order=id",
      "select * from public.secrets where published = 'true' order by id",
    ],
  },
  'S14: not ("false") column': {
    setup: `${SECRETS} update public.secrets set "false" = true; create policy a on public.secrets using (not "false"); create policy b on public.secrets using (${own});`,
  },
  "a name cut at 63 bytes, claims function": {
    setup: `${SECRETS} create function private.${long}() returns uuid language sql stable as $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$; ${plpgsql("f", `return private.${long}() = '${A}';`)} ${using("private.f()")}`,
  },
  "a name cut at 63 bytes, opaque function": {
    setup: `${SECRETS} ${plpgsql(long, `return auth.uid() = '${A}';`)} ${plpgsql("f", `return private.${long}();`)} ${using("private.f()")}`,
  },
  "a name cut at 63 bytes, relation": {
    setup: `${SECRETS} ${GATE} alter table public.gates rename to ${long}; ${plpgsql("f", `return exists (select from public.${long});`)} ${using("private.f()")}`,
  },
  "a quote in a name": {
    setup: `${SECRETS} create function private."we""ird"() returns uuid language plpgsql stable as $$ begin return auth.uid(); end $$; ${plpgsql("f", `return private."we""ird"() = '${A}';`)} ${using("private.f()")}`,
  },
  "an operator over a claims function, in plpgsql": {
    setup: `${SECRETS} create function private.who(text) returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$; create operator public.@! (rightarg = text, function = private.who); ${plpgsql("f", `return (operator(public.@!) 'x') = '${A}';`)} ${using("private.f()")}`,
  },
  "an operator over current_setting, in plpgsql": {
    setup: `${SECRETS} create operator public.@! (rightarg = text, function = pg_catalog.current_setting); ${plpgsql("f", `return (operator(public.@!) 'request.jwt.claims')::jsonb ->> 'sub' = '${A}';`)} ${using("private.f()")}`,
  },
  "a cast by a claims function, in plpgsql": {
    setup: `${SECRETS} create type public.me as enum ('i'); create function private.who(public.me) returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$; create cast (public.me as text) with function private.who(public.me); ${plpgsql("f", `return 'i'::public.me::text = '${A}';`)} ${using("private.f()")}`,
  },
  "a domain's check in a composite": {
    setup: `${SECRETS} ${plpgsql("isa", `return auth.uid() = '${A}';`)} create domain public.dom as int check (private.isa()); create type public.comp as (a public.dom); ${plpgsql("f", `perform jsonb_populate_record(null::public.comp, '{"a":1}'); return true; exception when check_violation then return false;`)} ${using("private.f()")}`,
  },
  "SET LOCAL ROLE in plpgsql": {
    setup: `${SECRETS} create table public.gates (user_id uuid); insert into public.gates values ('${A}'); alter table public.gates enable row level security; create policy g on public.gates to staff using (user_id = auth.uid()); ${plpgsql("f", `set local role staff; return exists (select from public.gates);`, "volatile")} ${using("private.f()")} `,
  },
  "default argument": {
    setup: `${SECRETS} create function private.f(u uuid default auth.uid()) returns boolean language plpgsql stable as $$ begin return u = '${A}'; end $$; ${using("private.f()")}`,
  },
  "plpgsql reads a table with policies": {
    setup: `${SECRETS} ${GATE} ${plpgsql("f", "return exists (select from public.gates);")} ${using("private.f()")}`,
  },
  "plpgsql takes a row of a view by its type": {
    setup: `${SECRETS} ${GATE} create view public.vg with (security_invoker) as select * from public.gates; ${plpgsql("f", "return exists (select from public.vg);")} ${using("private.f()")}`,
  },
  "view over view, owner's": {
    setup: `${SECRETS} ${using(own)} create view public.v1 with (security_invoker) as select * from public.secrets; create view public.v2 with (security_invoker) as select * from public.v1;`,
    read: ["v2", "order=id", "select * from public.v2 order by id"],
    tables: ["v2", "v1"],
  },
  "computed column": {
    setup: `${SECRETS} create policy p on public.secrets using (true); create function public.mine(public.secrets) returns boolean language sql stable as $$ select $1.owner = auth.uid() $$;`,
    read: ["secrets", "select=id,mine&order=id", "select id, s.mine from public.secrets s order by id"],
  },
  "computed column, polymorphic": {
    setup: `${SECRETS} create policy p on public.secrets using (true); create function public.mine(anyelement) returns boolean language plpgsql stable as $$ begin return auth.uid() = '${A}'; end $$;`,
    read: ["secrets", "select=id,mine&order=id", "select id, s.mine from public.secrets s order by id"],
  },
  "jsonb index path": {
    setup: `${SECRETS} ${using("(current_setting('request.jwt.claims', true)::jsonb #>> '{app_metadata,tenant}') = 't-a'")}`,
  },
  "jsonb subscript": { setup: `${SECRETS} ${using("(auth.jwt())['app_metadata']['tenant'] = '\"t-a\"'")}` },
  json_to_record: {
    setup: `${SECRETS} ${using(`(select x.sub from jsonb_to_record(auth.jwt()) x(sub uuid)) = '${A}'`)}`,
  },
  "overload of a claims function": {
    setup: `${SECRETS} create function private.me() returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'role' $$; create function private.me(x int) returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$; ${using(`private.me(1) = '${A}'`)}`,
  },
  "concatenated setting": {
    setup: `${SECRETS} ${using(`current_setting('request.' || 'jwt.claims')::jsonb ->> 'sub' = '${A}'`)}`,
  },
  "GROUP BY duplicates": {
    setup: `create table public.n (id int); insert into public.n values (1); grant select on public.n to authenticated; create view public.v as select auth.jwt() ->> 'role' as r, max(id) as id from public.n group by auth.jwt() ->> 'role' having max(auth.uid()::text) = '${A}';`,
    read: ["v", "", "select * from public.v"],
    tables: ["v", "n"],
  },
  "a column named like the claim function": {
    setup: `${SECRETS} ${using(`(select u from auth.uid() u) = owner`)}`,
  },
  "helper with PL body in LANGUAGE sql with two statements": {
    setup: `${SECRETS} create function private.f() returns boolean language sql stable set search_path = '' as $$ select true; select auth.uid() = '${A}' $$; ${using("private.f()")}`,
  },
  "restrictive beside true": {
    setup: `${SECRETS} create policy t on public.secrets using (true); create policy r on public.secrets as restrictive using (${own});`,
  },
  "true to another role": {
    setup: `${SECRETS} create policy t on public.secrets to staff using (true); ${using(own)}`,
  },
  "RESET ROLE in plpgsql": {
    setup: `${SECRETS} create table public.gates (user_id uuid); insert into public.gates values ('${A}'); alter table public.gates enable row level security; create policy g on public.gates to staff using (user_id = auth.uid()); create function private.f() returns boolean language plpgsql volatile as $f$ declare n int; begin set local role staff; select count(*) into n from public.gates; return n > 0; end $f$; ${using("private.f()")}`,
  },
  "composite row type with a domain, declared in plpgsql": {
    setup: `${SECRETS} ${plpgsql("isa", `return auth.uid() = '${A}';`)} create domain public.dom as int check (private.isa()); create type public.comp as (a public.dom); create function private.f() returns boolean language plpgsql stable as $f$ declare r public.comp; begin r.a := 1; return true; exception when check_violation then return false; end $f$; ${using("private.f()")}`,
  },
  "a table's row type with a domain": {
    setup: `${SECRETS} ${plpgsql("isa", `return auth.uid() = '${A}';`)} create domain public.dom as int check (private.isa()); create table public.comp (a public.dom); create function private.f() returns boolean language plpgsql stable as $f$ begin return (jsonb_populate_record(null::public.comp, '{"a":1}')).a = 1; exception when check_violation then return false; end $f$; ${using("private.f()")}`,
  },
  "a view with a name cut at 63, in SQL that is not analysed": {
    setup: `${SECRETS} create view public.${long} as select auth.uid() as u; create function private.f() returns boolean language sql stable as $f$ select exists (select from ${long} where u = '${A}') $f$; ${using("private.f()")}`,
  },
  "computed column inside or and an embed": {
    setup: `${SECRETS} create policy p on public.secrets using (true); create function public.mine(public.secrets) returns boolean language sql stable as $$ select $1.owner = auth.uid() $$;`,
    read: [
      "secrets",
      "select=id&or=(mine.is.true,id.eq.-1)&order=id",
      "select id from public.secrets s where s.mine is true order by id",
    ],
  },
  "computed column in an order": {
    setup: `${SECRETS} create policy p on public.secrets using (true); create function public.mine(public.secrets) returns int language sql stable as $$ select case when $1.owner = auth.uid() then 0 else 1 end $$;`,
    read: ["secrets", "select=id&order=mine", "select id from public.secrets s order by s.mine"],
  },
  "computed column of a parent's row type": {
    setup: `create table public.par (id int, owner uuid); create table public.secrets () inherits (public.par); insert into public.secrets values (1, '${A}'), (2, '${B}'); create function public.mine(public.par) returns boolean language sql stable as $$ select $1.owner = auth.uid() $$;`,
    read: ["secrets", "select=id,mine&order=id", "select id, s.mine from public.secrets s order by id"],
  },
  "a CASE over claims in a view's select": {
    setup: `${SECRETS} create view public.v as select s.id, case when auth.uid() = owner then 1 else 0 end as m from public.secrets s;`,
    read: ["v", "order=id", "select * from public.v order by id"],
    tables: ["v"],
  },
  "a WITH and LATERAL in a view": {
    setup: `${SECRETS} create view public.v as with me as (select auth.jwt() -> 'app_metadata' ->> 'tenant' as t) select s.id, l.x from public.secrets s, lateral (select me.t as x from me) l;`,
    read: ["v", "order=id", "select * from public.v order by id"],
    tables: ["v"],
  },
  "window function over claims": {
    setup: `${SECRETS} create view public.v as select id, rank() over (partition by owner = auth.uid() order by id) as r from public.secrets;`,
    read: ["v", "order=id", "select * from public.v order by id"],
    tables: ["v"],
  },
  "aggregate with a claims transition": {
    setup: `${SECRETS} create function private.tr(text, int) returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$; create aggregate public.agg(int) (sfunc = private.tr, stype = text); create view public.v as select agg(id) as a from public.secrets;`,
    read: ["v", "", "select * from public.v"],
    tables: ["v"],
  },
  "merge of quoted and unquoted: auth.uid by a quoted helper": {
    setup: `${SECRETS} create schema if not exists extra; create function private."Who"() returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'sub' $$; ${using(`private."Who"() = '${A}'`)}`,
  },
  "materialized path: json operator on text[] with braces": {
    setup: `${SECRETS} ${using(`(current_setting('request.jwt.claims', true)::jsonb #>> '{app_metadata,"tenant"}') = 't-a'`)}`,
  },
  "E string path": {
    setup: `${SECRETS} ${using(`(auth.jwt() -> E'app\\x5fmetadata' ->> 'tenant') = 't-a'`)}`,
  },
  "S14: is true in the query, another column in the policy": {
    setup: `${SECRETS} create policy a on public.secrets using (published is true); create policy b on public.secrets using (${own});`,
    read: [
      "secrets",
      "published=is.true&order=id",
      "select * from public.secrets where published is true order by id",
    ],
  },
  "S14: published and another role's policy": {
    setup: `${SECRETS} create policy a on public.secrets to staff using (published); create policy b on public.secrets using (${own});`,
    read: [
      "secrets",
      "published=eq.true&order=id",
      "select * from public.secrets where published = 'true' order by id",
    ],
  },
  "S14: granted, but a restrictive policy of the same text": {
    setup: `${SECRETS} create policy a on public.secrets using (published); create policy b on public.secrets using (${own}); create policy c on public.secrets as restrictive using (${own});`,
    read: [
      "secrets",
      "published=eq.true&order=id",
      "select * from public.secrets where published = 'true' order by id",
    ],
  },
  "S14: granted at the root, but embedded as well": {
    setup: `create table public.secrets (id int primary key, owner uuid, published boolean, parent int references public.secrets); insert into public.secrets values (1, '${A}', true, null), (2, '${B}', false, 1); alter table public.secrets enable row level security; create policy a on public.secrets using (published); create policy b on public.secrets using (${own});`,
    read: [
      "secrets",
      "select=id,secrets(id)&published=eq.true&order=id",
      "select id, (select json_agg(x.id) from public.secrets x where x.parent = s.id) from public.secrets s where published order by id",
    ],
  },
};

for (const [name, c] of Object.entries(CASES)) {
  test(`S5. ${name}`, async () => {
    const [relation, search, sql] = c.read ?? READ;
    const dependsOn = c.setup.includes("plpgsql") ? { secrets: ["public.teams"] } : undefined;
    const got = await pair(db, c.setup, relation, search, sql, {
      tables: ["secrets", ...(c.tables ?? [])].filter((t) => c.setup.includes(`public.${t}`)),
      ...(c.after && { after: c.after }),
      ...(c.claims && { claims: c.claims }),
      ...(dependsOn && { dependsOn }),
    });
    // A shared entry must be the same answer.
    if (got.share) expect(got.b).toEqual(got.a);
  });
}
