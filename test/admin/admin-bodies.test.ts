import { describe, expect, it } from "vitest";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { ADMIN_SECRET, askAdmin, WEBHOOK_SECRET } from "../../testing/gateway/stack.ts";
import { adminCalls, expectProblem } from "./admin-calls.ts";

const admin = adminCalls();

describe("bodies", () => {
  const endpoints = ["purge", "warm", "mode", "explain", "webhook"];

  it.each(endpoints)("%s: a body that is not JSON", async (path) => {
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
      expectProblem(await admin.post(path, body), 400, "malformed-json");
    }
    expectProblem(
      await admin.post(path, Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
      400,
      "malformed-json",
    );
  });

  it.each(endpoints)("%s: JSON that is no object", async (path) => {
    for (const body of ["null", "1", '"text"', "[]", "true"]) {
      const answer = await admin.post(path, body);
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
      expectProblem(await admin.post(path, "{}", { "content-type": type }), 415, "unsupported-media-type");
    }
    const charset = await admin.post(path, "{", { "content-type": "Application/JSON; charset=UTF-8" });
    expectProblem(charset, 400, "malformed-json");
  });

  it.each(endpoints)("%s: over the cap, whether its length is declared or not", async (path) => {
    const big = `{"x":"${"x".repeat(3_000_000)}"}`;
    // A webhook's change must not be lost: without a table it means a change of everything.
    if (path === "webhook") expect((await admin.post(path, big)).json.flushed).toBe("everything");
    const secret = path === "webhook" ? WEBHOOK_SECRET : ADMIN_SECRET;
    const headers = ["Content-Type: application/json", `Authorization: Bearer ${secret}`];
    // Not by fetch, which fails when it is answered before it has sent everything.
    const post = (length: string, body: string) =>
      sendRaw(admin.gateway.url, rawRequest(`POST /_tidemark/${path} HTTP/1.1`, [...headers, length], body));
    if (path !== "webhook") {
      const declared = await post(`Content-Length: ${big.length}`, big);
      expect(declared.status).toBe(413);
      expect(JSON.parse(declared.body.toString()).code).toBe("body-too-large");
    }
    const chunk = "x".repeat(100_000);
    const chunked = `${(100_000).toString(16)}\r\n${chunk}\r\n`.repeat(20);
    const answer = await post("Transfer-Encoding: chunked", `${chunked}0\r\n\r\n`);
    expect(answer.status).toBe(413);
  });

  it("deep nesting and prototypes do no harm", async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const statusOf = (path: string) => (path === "webhook" ? 200 : 400);
    for (const path of endpoints) expect((await admin.post(path, deep)).status).toBe(statusOf(path));
    const prototypes = '{"__proto__":{"all":true},"constructor":1}';
    for (const path of endpoints) expect((await admin.post(path, prototypes)).status).toBe(statusOf(path));
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
    const answer = await admin.post(path, JSON.stringify(body));
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
  ])("%s %j: a wrong one is reported", async (path, body) => {
    expectProblem(await admin.post(path, JSON.stringify(body)), 400, "invalid-field");
  });

  it("purge: a table that is not configured, and keys that name none", async () => {
    expectProblem(await admin.post("purge", '{"table":"nowhere"}'), 422, "unknown-table");
    for (const key of [
      "/rest/v1/nowhere",
      "/auth/v1/user",
      "nonsense",
      "/rest/v1/articles?limit=-1",
      "//evil.example/",
    ]) {
      expectProblem(await admin.post("purge", JSON.stringify({ keys: [key] })), 422, "not-cacheable");
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
      const answer = await askAdmin(admin.gateway.url, `entries?${query}`);
      expect([200, 400], query).toContain(answer.status);
      if (answer.status === 400) expect(["invalid-field", "unknown-field"]).toContain(answer.json.code);
    }
    expect((await askAdmin(admin.gateway.url, "entries?limit=x")).status).toBe(400);
    expect((await askAdmin(admin.gateway.url, "entries?colour=red")).status).toBe(400);
  });
});

describe("paths and methods", () => {
  it("an unknown path is 404, a wrong method 405 with the allowed ones", async () => {
    for (const path of ["nothing", "stats/", "stats/x", "PURGE", "webhook/x", "%70urge/x"]) {
      expectProblem(await askAdmin(admin.gateway.url, path), 404, "no-such-path");
    }
    const answer = await askAdmin(admin.gateway.url, "purge");
    expectProblem(answer, 405, "method-not-allowed");
    expect(answer.headers.get("allow")).toBe("POST");
  });

  it("no answer may be stored or read by pages", async () => {
    for (const path of ["health", "stats", "entries", "purge", "nothing"]) {
      const { headers } = await askAdmin(admin.gateway.url, path);
      expect(headers.get("cache-control"), path).toBe("no-store");
      expect(headers.get("access-control-allow-origin"), path).toBeNull();
    }
  });
});
