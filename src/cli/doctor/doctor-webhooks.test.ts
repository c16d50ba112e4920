import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Supabase, startSupabase } from "../../../demo/supabase.ts";
import { listening } from "../../../testing/origins/listening.ts";
import type { Check } from "../check/check.ts";
import { folderWith, runToEnd } from "../testing/command.ts";
import { findings } from "../testing/findings.ts";

let supabase: Supabase;
beforeAll(async () => {
  supabase = await startSupabase();
});
afterAll(() => supabase?.stop());

/** A project whose changes come as webhooks, with its settings where wrangler has them. */
const project = (vars: Readonly<Record<string, string>> = {}) =>
  folderWith({
    "tidemark.config.ts": "export default { tables: { articles: true } }",
    "wrangler.jsonc": JSON.stringify({
      vars: { SUPABASE_URL: supabase.url, SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey, ...vars },
      env: { staging: { vars: { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_PUBLISHABLE_KEY: "k" } } },
    }),
  });

async function diagnose(folder: string, args: readonly string[] = []) {
  const { stdout, stderr, exitCode } = await runToEnd(["doctor", "--json", ...args], folder);
  expect(stderr).toBe("");
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return { exitCode, checks, found: findings(checks) };
}

const WEBHOOKS = expect.stringMatching(/^warning capture-secret: .*: changes come as webhooks/);

test("webhooks alone are no mistake, and the settings of wrangler.jsonc are read", async () => {
  using folder = project();
  const { exitCode, checks, found } = await diagnose(folder.path);
  expect([exitCode, found]).toEqual([0, [WEBHOOKS]]);
  expect(checks).toContainEqual({ name: "project", severity: "ok", message: `${supabase.url} answers` });
});

test("without a secret, too, a dead address is noticed, and so is one that is no PostgREST", async () => {
  using dead = project({ SUPABASE_URL: "http://127.0.0.1:9" });
  expect(await diagnose(dead.path)).toMatchObject({
    exitCode: 1,
    found: [WEBHOOKS, expect.stringMatching(/^wrong project: http:\/\/127\.0\.0\.1:9 cannot be reached/)],
  });
  using other = project({ SUPABASE_URL: `${supabase.url}/elsewhere` });
  expect((await diagnose(other.path)).found).toEqual([
    WEBHOOKS,
    expect.stringMatching(/^wrong project: .* answered 404: .* lead to PostgREST$/),
  ]);
});

test("a website that has a page for every path is no project", async () => {
  const { port, stop } = await listening(createServer((_, response) => response.end("<!doctype html>")));
  using folder = project({ SUPABASE_URL: `http://127.0.0.1:${port}` });
  expect((await diagnose(folder.path)).found).toEqual([
    WEBHOOKS,
    expect.stringMatching(/^wrong project: no PostgREST is there: .* answered 200: .* lead to PostgREST$/),
  ]);
  await stop();
});

test("a key that the project does not take is noticed", async () => {
  using folder = project({ SUPABASE_PUBLISHABLE_KEY: "sb_publishable_of_another_project" });
  expect((await diagnose(folder.path)).found).toEqual([
    WEBHOOKS,
    expect.stringMatching(/^wrong project: .* answered 401: .* it must be this project's$/),
  ]);
});

test("--env looks at that environment of wrangler.jsonc", async () => {
  using folder = project();
  const { found } = await diagnose(folder.path, ["--env", "staging"]);
  expect(found).toContainEqual(expect.stringMatching(/^wrong project: http:\/\/127\.0\.0\.1:9 cannot/));
});
