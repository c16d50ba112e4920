import { afterAll, beforeAll, expect } from "vitest";
import { type Supabase, startSupabase } from "../../../../demo/supabase.ts";
import { prepare } from "../../../../testing/gateway/prepare.ts";
import { captureSql } from "../../../capture/capture-sql.ts";
import type { Check } from "../../check/check.ts";
import { hashOf, keeperToken } from "../../sql/secrets.ts";
import { type Folder, folderWith, runToEnd } from "../../testing/command.ts";

export const SECRET = "the capture secret of this test";
export const ADMIN = "5e6b0fd4a3c84b19";
export const JWT_SECRET = "the demo's secret, at least 32 characters long";
const DEMO_CONFIG = new URL("../../../../demo/tidemark.config.ts", import.meta.url).href;
/** As the demo has it, with a keeper so patient that a slow machine gets no warning. */
export const DEMO = ["--config", "demo.config.ts"];
export const access = { secretHash: hashOf(SECRET), schemas: ["public", "archive"] };
const DEMO_TABLES = ["authors", "articles", "comments", "tags", "article_tags", "movies", "samples"].concat([
  "bookmarks",
  "teams",
  "memberships",
  "notes",
]);
export const tables = [...DEMO_TABLES.map((table) => `public.${table}`), "archive.articles"];

/** Of the file that runs: `useSupabase` makes one, and removes it. */
export let folder: Folder;
export let supabase: Supabase;
export let env: Record<string, string>;
/** Registers the hooks that start a Supabase with the demo's tables captured. */
export function useSupabase(): void {
  beforeAll(async () => {
    folder = folderWith({
      "demo.config.ts": `import demo from ${JSON.stringify(DEMO_CONFIG)};
        export default { ...demo, timeouts: { ...demo.timeouts, origin: "1m" } };`,
    });
    supabase = await startSupabase();
    env = {
      SUPABASE_URL: supabase.url,
      SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
      TIDEMARK_CAPTURE_SECRET: SECRET,
      TIDEMARK_CAPTURE_TOKEN: keeperToken(JWT_SECRET, "tidemark_keeper"),
    };
    await prepare(supabase, captureSql({ ...access, tables: tables.map((relation) => ({ relation })) }));
    await describeOnce();
    // The API's first answer is slow as well.
    const headers = { apikey: supabase.publishableKey };
    await (await fetch(`${supabase.url}/rest/v1/authors?limit=1`, { headers })).text();
  });
  afterAll(async () => {
    folder?.[Symbol.dispose]();
    await supabase?.stop();
  });
}

/**
 * After each change of the schema: the first description then takes several times as long as any other, on a busy machine
 * perhaps longer than doctor waits.
 */
export async function describeOnce(): Promise<void> {
  await supabase.db.query("select tidemark_schema($1)", [SECRET]);
}

/** Changes the schema, and has the database describe itself. */
export async function changeSchema(sql: string): Promise<void> {
  await supabase.db.exec(sql);
  await describeOnce();
}

export async function diagnose(
  args: readonly string[],
  changes: Record<string, string> = {},
  where = folder.path,
): Promise<{ ok: boolean; checks: readonly Check[]; exitCode: number | null }> {
  const { stdout, stderr, exitCode } = await runToEnd(["doctor", "--json", ...args], where, {
    ...env,
    ...changes,
  });
  expect(stderr).toBe("");
  return { ...(JSON.parse(stdout) as { ok: boolean; checks: Check[] }), exitCode };
}
