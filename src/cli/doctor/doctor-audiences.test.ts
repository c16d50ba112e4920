import { beforeAll, expect, test } from "vitest";
import { folderWith } from "../testing/command.ts";
import { diagnose, findings, supabase, useSupabase } from "./testing/doctor-bench.ts";

useSupabase();

const TABLES = ["reports", "diaries", "invoices", "ledgers", "badges"];

beforeAll(async () => {
  await supabase.db.exec(`
    create function is_admin() returns boolean language plpgsql stable as
      $$ begin return (auth.jwt() ->> 'admin') = 'yes'; end $$;
    create function me() returns uuid language sql immutable as $$ select auth.uid() $$;
    create table reports (id int primary key, title text);
    create table diaries (id int primary key, user_id uuid);
    create table invoices (id int primary key, tenant text);
    create table ledgers (id int primary key, tenant text);
    create table badges (id int primary key, public boolean);
    create policy of_admins on reports for select to authenticated using (is_admin());
    create policy own on diaries for select to authenticated using (user_id = me());
    create policy of_tenant on invoices for select to authenticated
      using (tenant = (auth.jwt() -> 'app_metadata' ->> 'tenant'));
    create policy near on ledgers for select to authenticated
      using (tenant = (current_setting('request.headers', true)::json ->> 'x-tenant'));
    create policy everybody on badges for select to authenticated using (true);
    create policy of_admins on badges for select to authenticated using (is_admin());
    ${TABLES.map((table) => `alter table ${table} enable row level security; select tidemark.watch('${table}');`).join("\n")}
  `);
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
    expect.stringMatching(/^warning audience: public\.diaries: .* pass through, because .*public\.me/),
    expect.stringMatching(/^warning audience: public\.ledgers: .* pass through, because .*header x-tenant/),
    expect.stringMatching(
      /^wrong audience: public\.me.* reads who asks and is labelled IMMUTABLE: Postgres itself.* \| Run: alter function public\.me.* stable$/,
    ),
  ]);
});

test("a function whose claims the owner has listed no longer keeps answers apart", async () => {
  const { checks } = await doctorOf('{ claims: { "public.is_admin": ["admin"] } }');
  expect(checks).toContainEqual(
    expect.objectContaining({
      severity: "ok",
      message: expect.stringMatching(
        /^public\.reports: readers with the role authenticated share answers by admin/,
      ),
    }),
  );
});

test("with audiences: false nothing is said of those who sign in", async () => {
  const { checks } = await doctorOf("false");
  expect(checks.filter(({ name }) => name === "audience")).toEqual([]);
});

test("a role that the database does not have is reported", async () => {
  const { checks } = await doctorOf('{ roles: ["nobody_at_all"] }');
  expect(findings(checks)).toContainEqual(
    expect.stringMatching(/^warning audience: the role nobody_at_all of audiences\.roles does not exist/),
  );
});
