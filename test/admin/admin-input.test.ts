import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import {
  ADMIN_SECRET,
  type Answer,
  ask,
  askAdmin,
  PUBLISHABLE_KEY,
  settings,
  WEBHOOK_SECRET,
  workers,
} from "../../testing/gateway/stack.ts";

let gateway: Gateway;
let unset: Gateway;
let short: Gateway;

const SHORT = "fifteen letters";

beforeAll(async () => {
  // No origin: nothing here asks it.
  const env = settings("http://127.0.0.1:1");
  const { TIDEMARK_ADMIN_SECRET: _admin, TIDEMARK_WEBHOOK_SECRET: _webhook, ...without } = env;
  const tooShort = { TIDEMARK_ADMIN_SECRET: SHORT, TIDEMARK_WEBHOOK_SECRET: SHORT };
  [gateway, unset, short] = await Promise.all([
    startGateway({ entry: workers.plain, env, onLog: () => {} }),
    startGateway({ entry: workers.plain, env: { ...without, TIDEMARK_ADMIN_SECRET: " " }, onLog: () => {} }),
    startGateway({ entry: workers.plain, env: { ...env, ...tooShort }, onLog: () => {} }),
  ]);
});

afterAll(async () => {
  await gateway?.stop();
  await unset?.stop();
  await short?.stop();
});

const JSON_TYPE = { "content-type": "application/json" };
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
  return ask(`${gateway.url}/_tidemark/${path}`, {
    method: "POST",
    headers: { ...JSON_TYPE, ...bearer(secret), ...headers },
    body,
  });
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.json).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
}

const change = {
  type: "UPDATE",
  schema: "public",
  table: "articles",
  record: { id: 1 },
  old_record: { id: 1 },
};

describe("secrets", () => {
  const endpoints: [method: string, path: string][] = [
    ["POST", "purge"],
    ["POST", "warm"],
    ["GET", "entries"],
    ["GET", "stats"],
    ["POST", "stats/reset"],
    ["POST", "mode"],
    ["POST", "explain"],
    ["POST", "webhook"],
  ];

  it.each(endpoints)("%s %s refuses without the right one", async (method, path) => {
    const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
    const other = path === "webhook" ? ADMIN_SECRET : WEBHOOK_SECRET;
    const wrong: Record<string, string>[] = [
      {},
      bearer("wrong"),
      bearer(""),
      bearer(other),
      bearer(secret.slice(0, -1)),
      bearer(`${secret}x`),
      bearer(secret.toUpperCase()),
      bearer(`${secret}, Bearer ${secret}`),
      { authorization: secret },
      { authorization: `Basic ${btoa(`:${secret}`)}` },
      { apikey: secret },
      { "x-tidemark-secret": secret },
      bearer(PUBLISHABLE_KEY),
    ];
    for (const headers of wrong) {
      const body = method === "POST" ? { body: JSON.stringify({ all: true, ...change }) } : {};
      const answer = await ask(`${gateway.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 401, "unauthorized");
      expect(answer.body.toString()).not.toContain(secret);
    }
  });

  it("one in the query is not taken", async () => {
    const answer = await ask(
      `${gateway.url}/_tidemark/stats?secret=${ADMIN_SECRET}&authorization=Bearer%20${ADMIN_SECRET}`,
    );
    expectProblem(answer, 401, "unauthorized");
  });

  it.each(endpoints)("%s %s refuses everybody while its secret is not set", async (method, path) => {
    for (const headers of [{}, bearer(""), bearer(" "), bearer("undefined"), bearer("demo")]) {
      const body = method === "POST" ? { body: "{}" } : {};
      const answer = await ask(`${unset.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 403, "secret-not-set");
    }
  });

  it.each(endpoints)("%s %s refuses everybody while its secret is too short", async (method, path) => {
    for (const headers of [{}, bearer("wrong"), bearer(SHORT)]) {
      const body = method === "POST" ? { body: "{}" } : {};
      const answer = await ask(`${short.url}/_tidemark/${path}`, {
        method,
        headers: { ...JSON_TYPE, ...headers },
        ...body,
      });
      expectProblem(answer, 403, "secret-too-short");
      expect(answer.body.toString()).not.toContain(SHORT);
    }
  });

  it("health is public, and tells nothing but health", async () => {
    for (const { url } of [gateway, unset]) {
      const answer = await ask(`${url}/_tidemark/health`);
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ status: "ok", mode: "on" });
      expect(answer.body.toString()).not.toMatch(/secret|sb_|127\.0\.0\.1/);
    }
  });
});

describe("bodies", () => {
  const endpoints = ["purge", "warm", "mode", "explain", "webhook"];

  it.each(endpoints)("%s: what is not JSON", async (path) => {
    for (const body of [
      "",
      "{",
      "nonsense",
      "{'all':true}",
      '{"all":true}}',
      "\ufeff{",
      "[1,",
      "NaN",
      "{\u0000}",
    ]) {
      expectProblem(await post(path, body), 400, "malformed-json");
    }
    expectProblem(
      await post(path, Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
      400,
      "malformed-json",
    );
  });

  it.each(endpoints)("%s: JSON that is no object", async (path) => {
    for (const body of ["null", "1", '"text"', "[]", "true"]) {
      const answer = await post(path, body);
      expect(answer.status, body).toBe(400);
      expect(["invalid-field", "malformed-change"]).toContain(answer.json.code);
    }
  });

  it.each(endpoints)("%s: another content type", async (path) => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/jsonx",
      "",
    ]) {
      expectProblem(await post(path, "{}", { "content-type": type }), 415, "unsupported-media-type");
    }
    const charset = await post(path, "{", { "content-type": "Application/JSON; charset=UTF-8" });
    expectProblem(charset, 400, "malformed-json");
  });

  it.each(endpoints)("%s: over the cap, whether its length is declared or not", async (path) => {
    const big = `{"x":"${"x".repeat(3_000_000)}"}`;
    // A webhook's change must not get lost: without a table it is one of everything.
    if (path === "webhook") expect((await post(path, big)).json.flushed).toBe("everything");
    else expectProblem(await post(path, big), 413, "body-too-large");
    const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
    const chunk = "x".repeat(100_000);
    const chunked = `${(100_000).toString(16)}\r\n${chunk}\r\n`.repeat(20);
    const answer = await sendRaw(
      gateway.url,
      rawRequest(
        `POST /_tidemark/${path} HTTP/1.1`,
        ["Content-Type: application/json", `Authorization: Bearer ${secret}`, "Transfer-Encoding: chunked"],
        `${chunked}0\r\n\r\n`,
      ),
    );
    expect(answer.status).toBe(413);
  });

  it("deep nesting and prototypes do no harm", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const statusOf = (path: string) => (path === "webhook" ? 200 : 400);
    for (const path of endpoints) expect((await post(path, deep)).status).toBe(statusOf(path));
    const prototypes = '{"__proto__":{"all":true},"constructor":1}';
    for (const path of endpoints) expect((await post(path, prototypes)).status).toBe(statusOf(path));
  });
});

describe("fields", () => {
  it.each([
    ["purge", { all: true, x: 1 }],
    ["purge", { tabel: "articles" }],
    ["warm", { queries: ["/rest/v1/articles"], concurrency: 9 }],
    ["mode", { mode: "off", until: 1 }],
    ["explain", { query: "/rest/v1/articles", verbose: true }],
  ])("%s: an unknown one is named", async (path, body) => {
    const answer = await post(path, JSON.stringify(body));
    expectProblem(answer, 400, "unknown-field");
    expect(answer.json.field).toBe(Object.keys(body).at(-1));
  });

  it.each([
    ["purge", {}],
    ["purge", { all: false }],
    ["purge", { all: "yes" }],
    ["purge", { all: true, table: "articles" }],
    ["purge", { keys: [] }],
    ["purge", { keys: "all" }],
    ["purge", { keys: [1] }],
    ["purge", { keys: Array(5_000).fill("/rest/v1/articles") }],
    ["purge", { prefix: "" }],
    ["purge", { prefix: "/auth/v1/" }],
    ["purge", { table: "" }],
    ["purge", { table: 7 }],
    ["warm", {}],
    ["warm", { queries: [] }],
    ["warm", { queries: "/rest/v1/articles" }],
    ["warm", { queries: [null] }],
    ["warm", { queries: Array(1_000).fill("/rest/v1/articles") }],
    ["mode", {}],
    ["mode", { mode: "maybe" }],
    ["explain", {}],
    ["explain", { query: 7 }],
    ["explain", { query: "/rest/v1/articles", headers: { "bad name": "x" } }],
    ["explain", { query: "/rest/v1/articles", headers: { x: "a\r\nb" } }],
  ])("%s %j: a wrong one is told", async (path, body) => {
    expectProblem(await post(path, JSON.stringify(body)), 400, "invalid-field");
  });

  it("purge: a table that is not configured, and keys that name none", async () => {
    expectProblem(await post("purge", '{"table":"nowhere"}'), 422, "unknown-table");
    for (const key of [
      "/rest/v1/nowhere",
      "/auth/v1/user",
      "nonsense",
      "/rest/v1/articles?limit=-1",
      "//evil.example/",
    ]) {
      expectProblem(await post("purge", JSON.stringify({ keys: [key] })), 422, "not-cacheable");
    }
  });

  it("entries: wrong parameters", async () => {
    for (const query of [
      "limit=0",
      "limit=-1",
      "limit=99999",
      "limit=x",
      "cursor=",
      "cursor=x",
      "cursor=-1",
      "colour=red",
      "limit=1&limit=2",
    ]) {
      const answer = await askAdmin(gateway.url, `entries?${query}`);
      expect([200, 400], query).toContain(answer.status);
      if (answer.status === 400) expect(["invalid-field", "unknown-field"]).toContain(answer.json.code);
    }
    expect((await askAdmin(gateway.url, "entries?limit=x")).status).toBe(400);
    expect((await askAdmin(gateway.url, "entries?colour=red")).status).toBe(400);
  });
});

describe("webhooks", () => {
  it("one for a configured table is taken, for another one refused by name", async () => {
    expect((await post("webhook", JSON.stringify(change))).status).toBe(200);
    for (const table of ["nowhere", "articles;", "__proto__", "constructor", "ARTICLES"]) {
      expectProblem(await post("webhook", JSON.stringify({ ...change, table })), 422, "unknown-table");
    }
    expectProblem(
      await post("webhook", JSON.stringify({ ...change, schema: "private" })),
      422,
      "unknown-table",
    );
  });

  it.each([
    [{ ...change, type: "MERGE" }, "public.articles"],
    [{ ...change, type: 1 }, "public.articles"],
    [{ ...change, record: null }, "public.articles"],
    [{ ...change, record: "row" }, "public.articles"],
    [{ ...change, type: "DELETE", old_record: null }, "public.articles"],
    [{ ...change, table: "" }, "everything"],
    [{ ...change, table: null }, "everything"],
    [{ ...change, schema: undefined }, "everything"],
    [{ type: "INSERT" }, "everything"],
    [{}, "everything"],
  ])("%j cannot be read: a flush", async (payload, flushed) => {
    const { status, json } = await post("webhook", JSON.stringify(payload));
    expect([status, json.flushed]).toEqual([200, flushed]);
  });

  it.each(["[]", "null", "7", '"INSERT"'])("%s is no payload", async (payload) => {
    expectProblem(await post("webhook", payload), 400, "malformed-change");
  });

  it("odd rows are taken: no columns, huge numbers, names that are JavaScript's own, the same name twice", async () => {
    const rows = [
      "{}",
      '{"id":1e999}',
      '{"id":123456789012345678901234567890}',
      '{"__proto__":1,"constructor":2}',
      '{"id":1,"id":2}',
      '{"":null}',
      '{"id":{"a":[1]}}',
      '{"\\ud800":"\\udfff"}',
    ];
    for (const row of rows) {
      const payload = `{"type":"UPDATE","schema":"public","table":"articles","record":${row},"old_record":${row}}`;
      expect((await post("webhook", payload)).status, row).toBe(200);
    }
  });

  it("TRUNCATE is taken as a flush", async () => {
    const answer = await post(
      "webhook",
      '{"type":"TRUNCATE","schema":"public","table":"articles","record":null,"old_record":null}',
    );
    expect(answer.status).toBe(200);
  });
});

describe("paths and methods", () => {
  it("what is not served is a 404, or 405 with what is allowed", async () => {
    for (const path of [
      "nothing",
      "stats/",
      "stats/x",
      "PURGE",
      "purge/../stats",
      "webhook/x",
      "%70urge/x",
    ]) {
      const answer = await askAdmin(gateway.url, path);
      expect([401, 404, 405, 400, 200], path).toContain(answer.status);
    }
    const answer = await askAdmin(gateway.url, "purge");
    expectProblem(answer, 405, "method-not-allowed");
    expect(answer.headers.get("allow")).toBe("POST");
    expectProblem(await askAdmin(gateway.url, "nothing"), 404, "no-such-path");
  });

  it("nothing of it may be stored, nor read by pages", async () => {
    for (const path of ["health", "stats", "entries", "purge", "nothing"]) {
      const { headers } = await askAdmin(gateway.url, path);
      expect(headers.get("cache-control"), path).toBe("no-store");
      expect(headers.get("access-control-allow-origin"), path).toBeNull();
    }
  });
});
