import { describe, expect, it } from "vitest";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { jsonOf, KEY, rawReads, TARGET } from "./raw-reads.ts";

const reads = rawReads();

describe("paths", () => {
  it.each([
    ["another host", "//evil.example/rest/v1/articles"],
    ["another host, further on", "/rest//evil.example/v1/articles"],
    ["a doubled slash", "/rest/v1//articles"],
    ["an encoded slash", "/rest/v1%2Farticles"],
    ["an encoded slash in the table", "/rest/v1/articles%2f..%2f..%2fauth"],
    ["an encoded backslash", "/rest/v1/%5Cevil.example"],
    ["encoded dot segments", "/rest/v1/%2e%2e/%2e%2e/auth/v1/user"],
    ["half encoded dot segments", "/rest/v1/.%2e/articles"],
    ["NUL", "/rest/v1/articles%00"],
    ["an encoded line break", "/rest/v1/articles%0d%0aX-Evil:%201"],
    ["invalid UTF-8", "/rest/v1/articles%ff%fe"],
    ["an overlong encoding", "/rest/v1/%c0%af%c0%ae"],
    ["a lone surrogate", "/rest/v1/%ed%a0%80"],
    ["an incomplete percent sign", "/rest/v1/articles%2"],
    ["DEL", "/rest/v1/articles%7f"],
  ])("%s is refused", async (_what, target) => {
    reads.stack.origin.reset();
    const answer = await reads.get(target);
    expect(answer.status).toBe(400);
    expect(answer.header("content-type")).toBe("application/problem+json");
    expect(jsonOf(answer)).toMatchObject({ code: "bad-path", status: 400 });
    expect(reads.stack.origin.reads).toEqual([]);
  });

  // URL parsing resolves these before any Worker sees them; what matters is where they lead.
  it.each([
    "/rest/v1/../../auth/v1/user",
    "/rest/v1/./articles?select=id&id=eq.1",
    "/rest/v1/x/../articles?select=id&id=eq.1",
    "/rest\\v1\\articles",
    "/\\evil.example/rest/v1/articles",
  ])("%s goes nowhere that it should not", async (target) => {
    const answer = await reads.get(target);
    expect(answer.status).toBeLessThan(500);
    for (const read of reads.stack.origin.reads) expect(read).toMatch(/^\/rest\/v1\/[a-z]/);
  });

  it("non-ASCII bytes and control characters are refused or encoded", async () => {
    for (const target of [
      Buffer.from("/rest/v1/articles?title=eq.żółć"),
      Buffer.from([...Buffer.from("/rest/v1/articles?title=eq."), 0xff, 0xfe]),
      Buffer.from("/rest/v1/articles?title=eq.\u0000"),
      Buffer.from("/rest/v1/articles?title=eq.\u0001\u007f"),
      Buffer.from("/rest/v1/\u0000articles"),
    ]) {
      expect((await reads.get(target)).status, String(target)).toBeLessThan(500);
    }
  });

  it("an absolute URL in the request line does not choose the origin", async () => {
    for (const host of ["evil.example", "127.0.0.1:1"]) {
      const answer = await reads.get(`http://${host}${TARGET}`);
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) expect(jsonOf(answer)[0].id).toBe(1);
    }
  });

  it("a URL too long for Cloudflare is 414; too long for the cache, it passes", async () => {
    const long = await reads.get(`/rest/v1/articles?select=id&id=eq.1&title=neq.${"x".repeat(17_000)}`);
    expect(long.status).toBe(414);
    expect(jsonOf(long).code).toBe("url-too-long");
    const passes = await reads.get(`/rest/v1/articles?select=id&id=eq.1&title=neq.${"x".repeat(9_000)}`);
    expect(passes.status).toBe(200);
    expect(passes.header("cache-status")).toBe("tidemark; fwd=bypass; detail=url-too-long");
  });
});

describe("PostgREST judges queries, each as without the gateway", () => {
  it.each([
    "limit=-1",
    "limit=x",
    "limit=99999999999999999999",
    "offset=-1",
    "offset=1e9",
    "or=(id.eq.1",
    "or=id.eq.1)",
    "or=()",
    "and=(or(id.eq.1),",
    "not.or=(((id.eq.1)))",
    `or=${"(".repeat(500)}id.eq.1${")".repeat(500)}`,
    `or=${"(or".repeat(300)}(id.eq.1)${")".repeat(300)}`,
    "select=id,",
    "select=(",
    `select=${"a(".repeat(200)}id${")".repeat(200)}`,
    "select=id,title!!",
    "select=...authors",
    "order=",
    "order=id.sideways",
    "order=id.asc.nullsmiddle",
    "id=in.(1,2",
    "id=in.1,2",
    "id=eq",
    "id=",
    "=eq.1",
    "id==eq.1",
    "&&&",
    "id=eq.1%00",
    "id=eq.%ff",
    // PostgREST takes a lone percent sign literally, lite does not; this spelling means the same to both.
    "id=eq.1%25",
    "id=is.maybe",
    "id=eq(any).{1,2",
    "id=fts(simple).a b",
    "__proto__=eq.1",
    "constructor=eq.1&toString=eq.2",
    "select=__proto__,constructor",
    "columns=id",
    "on_conflict=id",
    "id=eq.1&id=eq.1;drop table articles",
    "metadata-%3E%3Ea-%3Eb=eq.1",
    "id=not.not.eq.1",
  ])("%s", async (query) => {
    const target = `/rest/v1/articles?select=id&${query}`;
    const direct = await sendRaw(
      reads.stack.supabase.url,
      rawRequest(`GET ${target.replaceAll(" ", "%20")} HTTP/1.1`, [KEY]),
    );
    for (let round = 0; round < 2; round++) {
      const answer = await reads.get(target.replaceAll(" ", "%20"));
      expect(answer.status).toBe(direct.status);
      expect(answer.body.toString()).toBe(direct.body.toString());
    }
  });
});

describe("methods", () => {
  // (CONNECT never reaches a Worker: workerd, like Cloudflare, has its own answer.)
  it.each(["TRACE", "PROPFIND", "get", "QUERY", "FOO"])("%s is refused or passed on", async (method) => {
    const answer = await sendRaw(reads.stack.gateway.url, rawRequest(`${method} ${TARGET} HTTP/1.1`, [KEY]));
    expect([200, 400, 405, 501]).toContain(answer.status);
  });

  it("a method claimed by a header is ignored", async () => {
    const answer = await reads.get(TARGET, [KEY, "X-HTTP-Method-Override: DELETE"]);
    expect(answer.status).toBe(200);
    expect((await reads.stack.direct(TARGET)).json).toHaveLength(1);
  });
});
