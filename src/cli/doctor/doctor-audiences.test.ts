import { beforeAll, expect, test } from "vitest";
import { prepare } from "../../../testing/gateway/prepare.ts";
import { folderWith } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";
import { describeOnce, diagnose, supabase, useSupabase } from "./testing/doctor-bench.ts";

useSupabase();

const TABLES = ["reports", "diaries", "invoices", "ledgers", "badges"];

beforeAll(async () => {
  await prepare(
    supabase,
    `
    create function is_admin() returns boolean language plpgsql stable as
      $$ begin return (auth.jwt() ->> 'admin') = 'yes'; end $$;
    create role sees_all bypassrls;
    create role owner;
    create table owned (id int primary key);
    alter table owned owner to owner;
    create function me() returns uuid language sql immutable as $$ select auth.uid() $$;
    create table reports (id int primary key, title text);
    create table diaries (id int primary key, user_id uuid);
    create table invoices (id int primary key, tenant text);
    create table ledgers (id int primary key, tenant text);
    create table badges (id int primary key, public boolean);
    create function owns_ledger(ledger int) returns boolean language sql stable set search_path = '' as
      $$ select exists (select from public.diaries d where d.id = ledger and d.user_id = auth.uid()) $$;
    create policy of_admins on reports for select to authenticated using (is_admin());
    create policy own on diaries for select to authenticated using (user_id = me());
    create policy of_tenant on invoices for select to authenticated
      using (tenant = (auth.jwt() -> 'app_metadata' ->> 'tenant'));
    create policy near on ledgers for select to authenticated
      using (tenant = (current_setting('request.headers', true)::json ->> 'x-tenant'));
    create policy owned on ledgers for select to authenticated using (public.owns_ledger(id));
    create policy everybody on badges for select to authenticated using (true);
    create policy of_admins on badges for select to authenticated using (is_admin());
    ${TABLES.map((table) => `alter table ${table} enable row level security; select tidemark.watch('${table}');`).join("\n")}
  `,
  );
  await describeOnce();
});

async function doctorOf(audiences = ""): Promise<ReturnType<typeof diagnose>> {
  using folder = folderWith({
    "tidemark.config.ts": `export default {
      timeouts: { origin: "1m" },
      tables: { ${TABLES.map((table) => `${table}: true`).join(", ")} }${audiences && `, audiences: ${audiences}`}
    }`,
  });
  return await diagnose([], {}, folder.path);
}

test("for each table it says who shares answers, why, and what would let more be shared", async () => {
  const { checks } = await doctorOf();
  const said = checks.filter(({ name }) => name === "audience");
  expect(said.filter(({ severity }) => severity === "ok").map(({ message }) => message)).toEqual([
    "public.invoices: readers with the role authenticated share answers by app_metadata.tenant (policy of_tenant on public.invoices)",
    "public.badges: all readers with the role authenticated share answers",
  ]);
  expect(findings(said)).toEqual([
    expect.stringMatching(
      /^warning audience: public\.reports: .* pass through, because public\.is_admin\(\) reads the token's claims in a way that is not understood \| .*LANGUAGE sql.*"public\.is_admin": \["sub"\]/,
    ),
    expect.stringMatching(
      /^warning audience: public\.diaries: .* pass through, because .*public\.me.* \| Run: alter function public\.me stable$/,
    ),
    expect.stringMatching(/^warning audience: public\.ledgers: .* pass through, because .*header x-tenant/),
    expect.stringMatching(
      /^wrong audience: public\.me.* reads who asks and is labelled IMMUTABLE: Postgres itself.* \| Run: alter function public\.me.* stable$/,
    ),
  ]);
});

test("the owner's word on a function counts, and the lines that rest on it say so", async () => {
  const { checks } = await doctorOf('{ claims: { "public.is_admin": ["admin"] } }');
  const said = checks.filter(({ name, severity }) => name === "audience" && severity === "ok");
  const messages = said.map(({ message }) => message);
  expect(messages).toContainEqual(
    expect.stringMatching(
      /^public\.reports: .* share answers by admin \(.*\), by your word in audiences\.claims \(public\.is_admin\)$/,
    ),
  );
  // Its permissive policies let everybody in, whatever the function says.
  expect(messages).toContain("public.badges: all readers with the role authenticated share answers");
});

test("an entry of audiences.claims that says nothing is reported, with what may have been meant", async () => {
  const { checks } = await doctorOf(
    '{ claims: { is_admni: ["admin"], "public.owns_ledger": [], elsewhere: [] } }',
  );
  const said = findings(checks).filter((line) => line.includes("audiences.claims names"));
  expect(said).toEqual([
    expect.stringMatching(
      /names public\.is_admni, which is no function .* \| Did you mean public\.is_admin\?$/,
    ),
    expect.stringMatching(/names public\.owns_ledger, which is looked into anyway/),
    expect.stringMatching(/names public\.elsewhere, which is no function .* \| Check its schema/),
  ]);
});

test("IMMUTABLE is answered by the label that is right, and not by headers", async () => {
  const { checks } = await doctorOf();
  expect(findings(checks).filter((line) => line.includes("public.me"))).not.toContainEqual(
    expect.stringMatching(/header/),
  );
});

test("with audiences: false nothing more is said than that", async () => {
  const { checks } = await doctorOf("false");
  expect(checks.filter(({ name }) => name === "audience")).toEqual([
    {
      name: "audience",
      severity: "ok",
      message: "audiences is off: reads with a user's token pass through",
    },
  ]);
});

test("roles that the database does not have, or that policies do not bind, are wrong, and nothing else is said of them", async () => {
  const { checks, exitCode } = await doctorOf('{ roles: ["nobody_at_all", "sees_all", "owner", "anon"] }');
  const said = checks.filter(({ name }) => name === "audience");
  expect(findings(said).filter((line) => line.includes(" of audiences.roles"))).toEqual([
    expect.stringMatching(
      /^warning audience: the role anon of audiences\.roles is that of anonymous readers/,
    ),
    expect.stringMatching(/^wrong audience: the role nobody_at_all of audiences\.roles does not exist/),
    expect.stringMatching(
      /^wrong audience: the role owner of audiences\.roles: policies are not sure to bind/,
    ),
    expect.stringMatching(
      /^wrong audience: the role sees_all of audiences\.roles: policies are not sure to bind/,
    ),
  ]);
  expect(exitCode).toBe(1);
  expect(
    said.filter(({ message }) => /nobody_at_all share|sees_all share|owner share/.test(message)),
  ).toEqual([]);
});
