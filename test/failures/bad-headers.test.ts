import { describe, expect, it } from "vitest";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { SECRET_KEY } from "../../testing/gateway/stack.ts";
import { KEY, rawReads, TARGET } from "./raw-reads.ts";

const reads = rawReads();

describe("headers", () => {
  it("a key sent twice is not the publishable key, and nothing is cached for it", async () => {
    for (const headers of [
      [KEY, KEY],
      [KEY, `apikey: ${SECRET_KEY}`],
      [`apikey: ${SECRET_KEY}`, KEY],
      [KEY, "Authorization: Bearer a", "Authorization: Bearer b"],
    ]) {
      const answer = await reads.get("/rest/v1/articles?select=id&draft=is.true", headers);
      expect(answer.status).toBeLessThan(500);
      expect(answer.header("cache-status") ?? "tidemark; fwd=bypass").toMatch(/^tidemark; fwd=bypass/);
    }
    expect((await reads.stack.read("/rest/v1/articles?select=id&draft=is.true")).json).toEqual([]);
  });

  it("Connection: apikey changes nothing about whose request it is", async () => {
    const answer = await reads.get(TARGET, [KEY, "Connection: apikey", "Connection: authorization"]);
    expect(answer.status).toBe(200);
    const secret = await reads.get("/rest/v1/articles?select=id&draft=is.true&limit=1", [
      `apikey: ${SECRET_KEY}`,
      "Connection: apikey",
    ]);
    expect(secret.header("cache-status")).toBe("tidemark; fwd=bypass; detail=other-key");
  });

  it.each([
    [
      "Content-Length and Transfer-Encoding",
      ["Content-Length: 5", "Transfer-Encoding: chunked"],
      "0\r\n\r\nGET /rest/v1/articles?smuggled=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    [
      "two Content-Lengths",
      ["Content-Length: 0", "Content-Length: 50"],
      "GET /rest/v1/articles?smuggled=1 HTTP/1.1\r\n\r\n",
    ],
    [
      "an obfuscated Transfer-Encoding",
      ["Transfer-Encoding: xchunked", "Content-Length: 3"],
      "abcGET /rest/v1/articles?smuggled=1 HTTP/1.1\r\n\r\n",
    ],
    [
      "a blank before the colon",
      ["Transfer-Encoding : chunked", "Content-Length: 4"],
      "0\r\n\r\nGET /rest/v1/articles?smuggled=1 HTTP/1.1\r\n\r\n",
    ],
    ["a negative Content-Length", ["Content-Length: -1"], ""],
    ["a Content-Length that is no number", ["Content-Length: 1e3"], ""],
    ["a folded header", ["X-Folded: a\r\n b"], ""],
    ["a bare line feed in a header", ["X-Evil: a\nX-Other: b"], ""],
    ["a bare carriage return in a header", ["X-Evil: a\rX-Other: b"], ""],
    ["NUL in a header", ["X-Evil: a\u0000b"], ""],
    ["a header without a name", [": nothing"], ""],
    ["a header without a colon", ["nothing"], ""],
  ])("smuggling by %s comes to one request at most", async (_what, headers, rest) => {
    reads.stack.origin.reset();
    const answer = await sendRaw(
      reads.stack.gateway.url,
      rawRequest(`GET ${TARGET}&limit=1 HTTP/1.1`, [KEY, ...headers], rest),
    );
    expect([200, 400, 411, 413, 501, 0]).toContain(answer.status);
    expect(answer.bytes.toString("latin1").match(/HTTP\/1\.1 2\d\d/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(reads.stack.origin.reads.filter((read) => read.includes("smuggled"))).toEqual([]);
  });

  it("a read that carries a body bypasses, and its body goes nowhere", async () => {
    const body = "GET /rest/v1/articles?smuggled=1 HTTP/1.1\r\n\r\n";
    const answer = await sendRaw(
      reads.stack.gateway.url,
      rawRequest(`GET ${TARGET}&limit=2 HTTP/1.1`, [KEY, `Content-Length: ${body.length}`], body),
    );
    expect(answer.status).toBe(200);
    expect(answer.header("cache-status")).toBe("tidemark; fwd=bypass; detail=only-writes");
    expect(reads.stack.origin.reads.filter((read) => read.includes("smuggled"))).toEqual([]);
  });

  it.each([
    [
      "Range",
      [
        "0-",
        "5-2",
        "-5",
        "a-b",
        "0-4,6-8",
        "bytes=0-4",
        "items=0-4",
        "99999999999999999999-",
        "0-99999999999999999999",
        "1-1-1",
        "",
        "0–4",
      ],
    ],
    [
      "Prefer",
      [
        "count=exact, count=planned",
        "tx=rollback",
        "return=minimal",
        "x".repeat(7_000),
        ",".repeat(3_000),
        "count=exact;q=1",
        "timezone=Nowhere/At_All",
        "handling=strict, nonsense=1",
      ],
    ],
    [
      "Accept",
      [
        "",
        "*",
        "text/html",
        "application/json;q=0",
        "application/vnd.pgrst.plan+json",
        "a/b,".repeat(1_500),
        '"',
        "application/json; charset=latin1",
      ],
    ],
    ["Accept-Profile", ["archive", "secret", "public, archive", "", "pg_catalog", "__proto__"]],
    ["If-None-Match", ["x".repeat(7_000), '"', "W/", ",,,"]],
    [
      "Cache-Control",
      ["max-age=-1", "max-age=x", "max-age=99999999999999999999", "no-cache=".repeat(500), "only-if-cached"],
    ],
    ["X-Forwarded-Host", ["evil.example"]],
    ["X-Forwarded-For", ["x".repeat(7_000)]],
    ["CF-Connecting-IP", ["203.0.113.1", "not an address", "' or 1=1"]],
    ["Host", ["evil.example"]],
    ["Origin", ["null", "https://evil.example", "x".repeat(5_000)]],
    ["Upgrade", ["websocket", "h2c"]],
    ["X-HTTP-Method-Override", ["DELETE"]],
    ["Expect", ["100-continue"]],
  ])("%s with nonsense gets the same answer as without the gateway", async (name, values) => {
    for (const value of values) {
      const headers = [KEY, `${name}: ${value}`];
      const direct = await sendRaw(reads.stack.supabase.url, rawRequest(`GET ${TARGET} HTTP/1.1`, headers));
      for (let round = 0; round < 2; round++) {
        const answer = await reads.get(TARGET, headers);
        expect(answer.status, `${name}: ${value.slice(0, 60)}`).toBeLessThan(
          direct.status >= 500 ? 600 : 500,
        );
        if (direct.status !== 200 || name === "If-None-Match") continue;
        expect(answer.status, `${name}: ${value.slice(0, 60)}`).toBe(200);
        expect(answer.body.equals(direct.body), `${name}: ${value.slice(0, 60)}`).toBe(true);
      }
    }
  });

  it("headers of 100 KB are refused, and the next request works", async () => {
    const answer = await reads.get(TARGET, [KEY, `X-Long: ${"x".repeat(100_000)}`]);
    expect([0, 200, 400, 413, 431]).toContain(answer.status);
  });

  it("bytes that are not HTTP are refused", async () => {
    for (const text of [
      "hello\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "\u0016\u0003\u0001\u0000\u0000\r\n\r\n",
    ]) {
      const answer = await sendRaw(reads.stack.gateway.url, text);
      expect([0, 400, 404, 405, 501, 505]).toContain(answer.status);
    }
  });
});
