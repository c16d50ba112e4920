import { beforeEach, describe, expect, it } from "vitest";
import {
  around,
  ask,
  type Call,
  CHANGE,
  EXPLANATION,
  KEY,
  KEYS,
  POSITION,
  reset,
} from "./testing/admin-bench.ts";

beforeEach(reset);

describe("purge", () => {
  const isKeys = (keys: readonly string[]) => keys.toSorted().join() === KEYS.toSorted().join();
  const path = "/rest/v1/articles?select=id";

  it.each([
    [{ all: true }, { all: true }],
    [{ table: "articles" }, { table: "public.articles" }],
    [{ table: "public.comments" }, { table: "public.comments" }],
    [{ prefix: "/rest/v1/articles" }, { prefix: "/rest/v1/articles" }],
    [{ keys: [KEY] }, { keys: [KEY] }],
    [{ keys: [path, KEY] }, { keys: expect.toSatisfy(isKeys) }],
    [{ keys: ["/rest/v1/%61rticles?&select=id"] }, { keys: expect.toSatisfy(isKeys) }],
  ])("%j", async (body, purge) => {
    const { status, json } = await ask("purge", { body });
    expect([status, json.purged, json.position]).toEqual([200, 3, POSITION]);
    expect(around.calls).toEqual([["purge", purge]]);
    expect(around.followed).toEqual([POSITION]);
  });

  it.each<[unknown, number, string]>([
    [{}, 400, "invalid-field"],
    [{ all: true, table: "articles" }, 400, "invalid-field"],
    [{ all: false }, 400, "invalid-field"],
    [{ all: "true" }, 400, "invalid-field"],
    [{ keys: [] }, 400, "invalid-field"],
    [{ keys: "x" }, 400, "invalid-field"],
    [{ keys: [1] }, 400, "invalid-field"],
    [{ keys: Array(1_001).fill(path) }, 400, "invalid-field"],
    [{ prefix: "" }, 400, "invalid-field"],
    [{ prefix: "articles" }, 400, "invalid-field"],
    [{ tables: "articles" }, 400, "unknown-field"],
    [{ table: "authors" }, 422, "unknown-table"],
    [{ keys: ["/rest/v1/authors"] }, 422, "not-cacheable"],
    [{ keys: ["//evil.example/rest/v1/articles"] }, 422, "not-cacheable"],
    [{ keys: ["articles"] }, 422, "not-cacheable"],
    [[], 400, "invalid-field"],
    ["null", 400, "invalid-field"],
    ["{", 400, "malformed-json"],
    ['{"__proto__": {"all": true}}', 400, "unknown-field"],
  ])("refuses %j", async (body, status, code) => {
    const answer = await ask("purge", { body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(around.calls).toEqual([]);
  });

  it("names the field and what was meant", async () => {
    const { json } = await ask("purge", { body: { tabel: "articles" } });
    expect(json).toMatchObject({ field: "tabel", detail: "tabel is not known. Did you mean table?" });
  });

  it("says so when the keeper did not", async () => {
    around.failures = 2;
    expect((await ask("purge", { body: { all: true } })).status).toBe(503);
  });
});

describe("warm", () => {
  it("reports the outcome of every query, and requests only those that are cacheable", async () => {
    const queries = [
      "/rest/v1/articles?select=id",
      "/rest/v1/authors",
      "/rest/v1/articles?id=eq.(",
      "//x/y",
      "x",
    ];
    const { json } = await ask("warm", { body: { queries } });
    expect(json.results).toEqual([
      { query: queries[0], status: 200, cacheStatus: "tidemark; fwd=uri-miss; stored" },
      { query: queries[1], bypass: "table-not-configured" },
      expect.objectContaining({ query: queries[2] }),
      { query: queries[3], bypass: "bad-path" },
      { query: queries[4], bypass: "bad-path" },
    ]);
  });

  it("takes at most a hundred queries", async () => {
    const queries = Array.from({ length: 100 }, (_, i) => `/rest/v1/articles?id=eq.${i}`);
    expect((await ask("warm", { body: { queries } })).json.results).toHaveLength(100);
    expect(around.warmed).toHaveLength(100);
    expect((await ask("warm", { body: { queries: [...queries, "x"] } })).json.code).toBe("invalid-field");
    expect((await ask("warm", { body: {} })).json.code).toBe("invalid-field");
  });
});

describe("entries, statistics, mode", () => {
  it("pages", async () => {
    await ask("entries");
    await ask("entries?prefix=/rest&search=eq.5&sort=reads&cursor=abc&limit=5");
    expect(around.calls).toEqual([
      ["entries", { prefix: "", search: "", sort: "registered", cursor: null, limit: 100 }],
      ["entries", { prefix: "/rest", search: "eq.5", sort: "reads", cursor: "abc", limit: 5 }],
    ]);
    for (const query of [
      "sort=bytes",
      "limit=0",
      "limit=1001",
      "limit=-1",
      "limit=1e3",
      "limit=",
      "cursor=",
      "page=2",
    ]) {
      expect((await ask(`entries?${query}`)).status).toBe(400);
    }
  });

  it("reports this isolate's counts as well, and keeps them if that fails", async () => {
    around.report = { counts: {}, keysRead: [] };
    expect((await ask("stats")).status).toBe(200);
    expect(around.calls[0]).toEqual(["stats", around.report]);
    const taken = around.report;
    around.failures = 1;
    expect((await ask("stats")).status).toBe(503);
    expect(around.report).toBe(taken);
  });

  it("tells history and changes", async () => {
    for (const query of ["history", "history?span=month", "changes"]) {
      expect((await ask(query)).status).toBe(200);
    }
    expect(around.calls).toEqual([["history", "day"], ["history", "month"], ["recentChanges"]]);
    expect((await ask("history?span=year")).json.code).toBe("invalid-field");
    for (const path of ["history", "changes", "metrics"]) {
      expect((await ask(path, { secret: "wrong" })).status).toBe(401);
      expect((await ask(path, { method: "POST" })).status).toBe(405);
    }
  });

  it("resets and switches", async () => {
    expect((await ask("stats/reset", { method: "POST" })).status).toBe(200);
    expect((await ask("mode", { body: { mode: "shadow" } })).json).toEqual({ mode: "shadow" });
    expect(around.calls).toEqual([["resetStats"], ["setMode", "shadow"]]);
    expect(around.followed).toEqual([POSITION]);
    expect((await ask("mode", { body: { mode: "auto" } })).json.code).toBe("invalid-field");
  });

  it.each([
    ["nothing", 404, "no-such-path", "GET"],
    ["stats/", 404, "no-such-path", "GET"],
    ["stats", 405, "method-not-allowed", "POST"],
    ["purge", 405, "method-not-allowed", "GET"],
    ["health", 405, "method-not-allowed", "DELETE"],
  ])("%s: %i", async (path, status, code, method) => {
    const answer = await ask(path, { method });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    if (status === 405) expect(answer.response.headers.get("allow")).toMatch(/GET|POST/);
  });
});

describe("explain", () => {
  it("shows a read, and whether a change touches it", async () => {
    const { json } = await ask("explain", { body: { query: "/rest/v1/articles?select=id", change: CHANGE } });
    const { audience: _, ...explained } = EXPLANATION;
    expect(json).toMatchObject({
      ...explained,
      key: KEY,
      relation: "public.articles",
      audience: "publishable",
    });
    expect(json).not.toHaveProperty("shared");
    const [[method, read, change]] = around.calls as [Call];
    expect([method, read]).toMatchObject(["explain", { key: KEY }]);
    expect(change).toMatchObject({ kind: "row", operation: "INSERT", relation: "public.articles" });
    const { json: without } = await ask("explain", { body: { query: "/rest/v1/articles?select=id" } });
    expect(without).toMatchObject({ kind: "read", relations: ["public.articles"] });
    expect(around.calls[1]?.[2]).toBeNull();
  });

  it("looks for a query that nobody has read in each way that clients ask by default, once", async () => {
    around.explanation = { ...EXPLANATION, kind: "read", registered: false } as typeof EXPLANATION;
    const { json } = await ask("explain", { body: { query: "/rest/v1/articles?select=id" } });
    expect(json).toMatchObject({ key: KEY, registered: false });
    const keys = around.calls.map(([, read]) => (read as { readonly key: string }).key);
    expect(keys.toSorted()).toEqual(KEYS.filter((key) => key.includes(" publishable ")).toSorted());
  });

  it("says so when the keeper does not answer", async () => {
    around.failures = 2;
    const { status, json } = await ask("explain", { body: { query: "/rest/v1/articles" } });
    expect([status, json.code]).toEqual([503, "keeper-unavailable"]);
  });

  it("shows a bypass and why", async () => {
    const { json } = await ask("explain", { body: { query: "/rest/v1/articles", headers: { "x-a": "1" } } });
    expect(json).toMatchObject({ kind: "bypass", reason: "unkeyed-header" });
    expect(json.because).toContain("PostgREST shows to SQL");
  });

  it.each([
    [{ query: "//x" }, "bad-path"],
    [{ query: 1 }, "invalid-field"],
    [{ query: "/rest/v1/articles", headers: { "a b": "c" } }, "invalid-field"],
    [{ query: "/rest/v1/articles", headers: { a: "c\r\nd" } }, "invalid-field"],
    [{ query: "/rest/v1/articles", change: {} }, "malformed-change"],
    [{ query: "/rest/v1/articles", changes: {} }, "unknown-field"],
  ])("refuses %j", async (body, code) => {
    expect((await ask("explain", { body })).json.code).toBe(code);
  });
});
