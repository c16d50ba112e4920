import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway } from "../../demo/workerd.ts";
import type { ConfigIssue, TidemarkConfig } from "../../src/gateway/config/config.ts";
import {
  ask,
  configured,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  type Stack,
  settings,
  startStack,
  workers,
} from "../../testing/gateway/stack.ts";

const ARTICLE = "/rest/v1/articles?select=id&id=eq.1";

/** The lines of a log that say that something is wrong with the settings. */
function refusals(lines: readonly string[]): ConfigIssue[][] {
  return lines
    .filter((line) => line.includes('"misconfigured"'))
    .map((line) => (JSON.parse(line) as { issues: ConfigIssue[] }).issues);
}

describe("a wrong configuration", () => {
  it.each<[object, RegExp]>([
    [
      { tables: { articles: { freshness: "10 s" } } },
      /tables\.articles\.freshness: is not a duration\. Did you mean "10s"\?/,
    ],
    [
      { tables: { "archive.articles": true } },
      /tables\.archive\.articles: the schema archive is not in schemas/,
    ],
    [{ tables: {}, headers: { key: ["X-A"], ignore: ["x-a"] } }, /headers: x-a is both in ignore and in key/],
  ])("does not start, which is why an upload of it is refused: %j", async (config, message) => {
    const lines: string[] = [];
    const { entry, env } = configured(config as TidemarkConfig);
    const started = startGateway({
      entry,
      env: { ...settings("http://127.0.0.1:9"), ...env },
      onLog: ({ message }) => lines.push(message),
    });
    await expect(started).rejects.toThrow();
    expect(lines.join("\n")).toMatch(message);
  });
});

describe.each<[string, { env?: Record<string, string>; entry?: string }, ConfigIssue[]]>([
  [
    "a secret key as the publishable one",
    { env: { SUPABASE_PUBLISHABLE_KEY: SECRET_KEY } },
    [
      {
        path: "SUPABASE_PUBLISHABLE_KEY",
        message: "is a secret key, which sees every row",
        fix: expect.stringContaining("the key that browsers use"),
      },
    ],
  ],
  [
    "no binding of KV",
    { entry: workers.unbound },
    [{ path: "KV", message: "is not bound", fix: expect.stringContaining("kv_namespaces") }],
  ],
])("I9. with %s", (_, options, issues) => {
  let stack: Stack;
  const lines: string[] = [];
  beforeAll(async () => {
    stack = await startStack({ ...options, onLog: ({ message }) => lines.push(message) });
  });
  afterAll(() => stack?.stop());

  it("reads of configured tables are answered by the database, uncached, and say why", async () => {
    for (let time = 0; time < 2; time++) {
      const answer = await stack.read(ARTICLE);
      expect([answer.status, answer.json, answer.cacheStatus]).toEqual([
        200,
        [{ id: 1 }],
        "tidemark; fwd=bypass; detail=misconfigured",
      ]);
    }
  });

  it("uncached tables, writes, sessions and preflights go on as if nothing were wrong", async () => {
    const client = stack.client("gateway");
    expect((await client.from("samples").select("id").limit(1)).error).toBeNull();
    const user = await client.auth.signUp({ email: "eve@course.example", password: "correct horse" });
    expect(user.error).toBeNull();
    const written = await client.from("bookmarks").insert({ article_id: 1 }).select("article_id");
    expect(written).toMatchObject({ error: null, data: [{ article_id: 1 }] });
    const direct = await stack.direct("/storage/v1/bucket");
    expect((await stack.read("/storage/v1/bucket")).status).toBe(direct.status);
    const preflight = await ask(stack.gateway.url + ARTICLE, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "GET" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });

  it("health is degraded and says what is wrong, as every other endpoint does; nothing repeats a key", async () => {
    const health = await stack.read("/_tidemark/health");
    expect([health.status, health.json]).toEqual([
      200,
      expect.objectContaining({ status: "degraded", mode: "off", issues }),
    ]);
    for (const answer of [await stack.admin("stats"), await stack.admin("webhook", { type: "INSERT" })]) {
      expect([answer.status, answer.json]).toEqual([
        500,
        expect.objectContaining({ code: "misconfigured", issues }),
      ]);
      expect(answer.body.toString()).not.toContain(SECRET_KEY);
    }
    expect(health.body.toString()).not.toContain(SECRET_KEY);
  });

  it("the page is served, as it reads that health, and its address without the slash leads there", async () => {
    const page = await ask(`${stack.gateway.url}/_tidemark/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const { status, headers } = await ask(`${stack.gateway.url}/_tidemark`, { redirect: "manual" });
    expect([status, headers.get("location")]).toEqual([308, expect.stringMatching(/\/_tidemark\/$/)]);
    expect((await ask(`${stack.gateway.url}/_tidemark/`, { method: "POST" })).status).toBe(500);
  });

  it("one line in the log names path and fix, however many requests there were", async () => {
    await expect.poll(() => refusals(lines)).toEqual([issues]);
    expect(lines.join("\n")).not.toContain(SECRET_KEY);
  });
});

describe("with a mode that does not exist", () => {
  let stack: Stack;
  const lines: string[] = [];
  beforeAll(async () => {
    stack = await startStack({
      env: { TIDEMARK_MODE: "maybe" },
      onLog: ({ message }) => lines.push(message),
    });
  });
  afterAll(() => stack?.stop());

  it("the cache is off, and one line in the log and health say why", async () => {
    for (let time = 0; time < 2; time++) {
      const answer = await stack.read(ARTICLE);
      expect([answer.json, answer.cacheStatus]).toEqual([
        [{ id: 1 }],
        "tidemark; fwd=bypass; detail=mode-off",
      ]);
    }
    const issue = { path: "TIDEMARK_MODE", message: "is not a mode", fix: 'Write "on", "shadow" or "off"' };
    expect((await stack.read("/_tidemark/health")).json).toMatchObject({
      status: "degraded",
      mode: "off",
      issues: [issue],
    });
    await expect.poll(() => refusals(lines)).toEqual([[issue]]);
  });

  it("I4. changes are learned meanwhile, and admins may purge", async () => {
    await stack.change("update articles set views = views + 1 where id = 1");
    expect((await stack.admin("stats")).json.changes).toBeGreaterThan(0);
    expect((await stack.admin("purge", { all: true })).status).toBe(200);
  });
});

it("where not even the project's address is known, every answer says so", async () => {
  const gateway = await startGateway({
    entry: workers.plain,
    env: { ...settings("nonsense"), TIDEMARK_MODE: "off" },
    onLog: () => {},
  });
  try {
    for (const target of [ARTICLE, "/auth/v1/user", "/_tidemark/stats"]) {
      const answer = await ask(gateway.url + target, { headers: { apikey: PUBLISHABLE_KEY } });
      expect([answer.status, answer.json.code, answer.json.detail]).toEqual([
        500,
        "misconfigured",
        expect.stringContaining("SUPABASE_URL: is not a URL. Set it to the project's address"),
      ]);
    }
  } finally {
    await gateway.stop();
  }
});
