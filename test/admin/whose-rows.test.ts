import { afterEach, expect, it } from "vitest";
import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

const SOMEBODY = "00000000-0000-4000-9000-0000000000aa";

// Only those who sign in see a row of it, each their own.
const SQL = `
  create table settings_of (user_id uuid primary key, theme text);
  alter table settings_of enable row level security;
  create policy own on settings_of for all to authenticated using (user_id = (select auth.uid()));
  grant select on settings_of to anon, authenticated;
  select tidemark.watch('settings_of');
`;

let stack: Stack | undefined;
afterEach(() => stack?.stop());

it.each<[string, NonNullable<TidemarkConfig["audiences"]>]>([
  ["their answers are shared by claims", { roles: ["authenticated"] }],
  ["they all pass through", false],
])("S9. a change does not say whose row it was, where %s", async (_, audiences) => {
  const tables = { settings_of: { freshness: "1h" }, articles: { freshness: "1h" } } as const;
  stack = await startStack({ changes: "pulled", config: { tables, audiences }, sql: SQL });
  // A strict read has the keeper pull; its first pull tells of no single changes.
  const strict = { headers: { "cache-control": "no-cache" } };
  await stack.read("/rest/v1/articles?select=id", strict);
  await stack.supabase.db.query(`insert into settings_of values ('${SOMEBODY}', 'dark')`);
  await stack.read("/rest/v1/articles?select=id", strict);
  const { changes } = (await stack.admin("changes")).json;
  expect(changes[0]).toMatchObject({ relation: "public.settings_of", operation: "INSERT", row: null });
  expect(JSON.stringify(changes)).not.toContain(SOMEBODY);
});
