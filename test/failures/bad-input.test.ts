import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import { PUBLISHABLE_KEY, SECRET_KEY, startWorld, type World } from "../../testing/gateway/stack.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world?.stop());

const KEY = `apikey: ${PUBLISHABLE_KEY}`;
const TARGET = "/rest/v1/articles?select=id,title&id=eq.1";

const get = (target: string | Buffer, headers: string[] = [KEY]): Promise<RawAnswer> =>
  sendRaw(
    world.gateway.url,
    Buffer.concat([Buffer.from("GET "), Buffer.from(target), Buffer.from(rawRequest(" HTTP/1.1", headers))]),
  );

/** Whatever it was that came: a normal read still gets Supabase's own answer, from the cache too. */
afterEach(async () => {
  const truth = await world.direct(TARGET);
  for (let round = 0; round < 2; round++) {
    const answer = await world.read(TARGET);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(truth.body)).toBe(true);
  }
});

const json = (answer: RawAnswer) => JSON.parse(answer.body.toString());

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
    world.origin.reset();
    const answer = await get(target);
    expect(answer.status).toBe(400);
    expect(answer.header("content-type")).toBe("application/problem+json");
    expect(json(answer)).toMatchObject({ code: "bad-path", status: 400 });
    expect(world.origin.reads).toEqual([]);
  });

  // A URL's own grammar resolves these before any Worker sees them: what matters is where they end.
  it.each([
    "/rest/v1/../../auth/v1/user",
    "/rest/v1/./articles?select=id&id=eq.1",
    "/rest/v1/x/../articles?select=id&id=eq.1",
    "/rest\\v1\\articles",
    "/\\evil.example/rest/v1/articles",
  ])("%s goes nowhere that it should not", async (target) => {
    const answer = await get(target);
    expect(answer.status).toBeLessThan(500);
    for (const read of world.origin.reads) expect(read).toMatch(/^\/rest\/v1\/[a-z]/);
  });

  it("raw bytes that are no ASCII, and control characters, are refused or encoded", async () => {
    for (const target of [
      Buffer.from("/rest/v1/articles?title=eq.żółć"),
      Buffer.from([...Buffer.from("/rest/v1/articles?title=eq."), 0xff, 0xfe]),
      Buffer.from("/rest/v1/articles?title=eq.\u0000"),
      Buffer.from("/rest/v1/articles?title=eq.\u0001\u007f"),
      Buffer.from("/rest/v1/\u0000articles"),
    ]) {
      expect((await get(target)).status, String(target)).toBeLessThan(500);
    }
  });

  it("an absolute URL in the request line does not choose the origin", async () => {
    for (const host of ["evil.example", "127.0.0.1:1"]) {
      const answer = await get(`http://${host}${TARGET}`);
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) expect(json(answer)[0].id).toBe(1);
    }
  });

  it("a URL too long for Cloudflare is 414; too long for the cache, it passes", async () => {
    const long = await get(`/rest/v1/articles?select=id&id=eq.1&title=neq.${"x".repeat(17_000)}`);
    expect(long.status).toBe(414);
    expect(json(long).code).toBe("url-too-long");
    const passes = await get(`/rest/v1/articles?select=id&id=eq.1&title=neq.${"x".repeat(9_000)}`);
    expect(passes.status).toBe(200);
    expect(passes.header("cache-status")).toBe("tidemark; fwd=bypass; detail=url-too-long");
  });
});

describe("queries are PostgREST's to judge, each as without the gateway", () => {
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
    // A lone percent sign is one to PostgREST, but not to lite: so spelled it is the same to both.
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
      world.supabase.url,
      rawRequest(`GET ${target.replaceAll(" ", "%20")} HTTP/1.1`, [KEY]),
    );
    for (let round = 0; round < 2; round++) {
      const answer = await get(target.replaceAll(" ", "%20"));
      expect(answer.status).toBe(direct.status);
      expect(answer.body.toString()).toBe(direct.body.toString());
    }
  });
});

describe("headers", () => {
  it("a key twice is not the publishable key, and nothing is cached for it", async () => {
    for (const headers of [
      [KEY, KEY],
      [KEY, `apikey: ${SECRET_KEY}`],
      [`apikey: ${SECRET_KEY}`, KEY],
      [KEY, "Authorization: Bearer a", "Authorization: Bearer b"],
    ]) {
      const answer = await get("/rest/v1/articles?select=id&draft=is.true", headers);
      expect(answer.status).toBeLessThan(500);
      expect(answer.header("cache-status") ?? "tidemark; fwd=bypass").toMatch(/^tidemark; fwd=bypass/);
    }
    expect((await world.read("/rest/v1/articles?select=id&draft=is.true")).json).toEqual([]);
  });

  it("Connection: apikey changes nothing about whose request it is", async () => {
    const answer = await get(TARGET, [KEY, "Connection: apikey", "Connection: authorization"]);
    expect(answer.status).toBe(200);
    const secret = await get("/rest/v1/articles?select=id&draft=is.true&limit=1", [
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
    world.origin.reset();
    const answer = await sendRaw(
      world.gateway.url,
      rawRequest(`GET ${TARGET}&limit=1 HTTP/1.1`, [KEY, ...headers], rest),
    );
    expect([200, 400, 411, 413, 501, 0]).toContain(answer.status);
    expect(answer.bytes.toString("latin1").match(/HTTP\/1\.1 2\d\d/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(world.origin.reads.filter((read) => read.includes("smuggled"))).toEqual([]);
  });

  it("a read that carries a body bypasses, and its body goes nowhere", async () => {
    const body = "GET /rest/v1/articles?smuggled=1 HTTP/1.1\r\n\r\n";
    const answer = await sendRaw(
      world.gateway.url,
      rawRequest(`GET ${TARGET}&limit=2 HTTP/1.1`, [KEY, `Content-Length: ${body.length}`], body),
    );
    expect(answer.status).toBe(200);
    expect(answer.header("cache-status")).toBe("tidemark; fwd=bypass; detail=only-writes");
    expect(world.origin.reads.filter((read) => read.includes("smuggled"))).toEqual([]);
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
  ])("%s with nonsense gets what it gets without the gateway", async (name, values) => {
    for (const value of values) {
      const headers = [KEY, `${name}: ${value}`];
      const direct = await sendRaw(world.supabase.url, rawRequest(`GET ${TARGET} HTTP/1.1`, headers));
      for (let round = 0; round < 2; round++) {
        const answer = await get(TARGET, headers);
        expect(answer.status, `${name}: ${value.slice(0, 60)}`).toBeLessThan(
          direct.status >= 500 ? 600 : 500,
        );
        if (direct.status !== 200 || name === "If-None-Match") continue;
        expect(answer.status, `${name}: ${value.slice(0, 60)}`).toBe(200);
        expect(answer.body.equals(direct.body), `${name}: ${value.slice(0, 60)}`).toBe(true);
      }
    }
  });

  it("headers of 100 KB are refused, and what comes next is well", async () => {
    const answer = await get(TARGET, [KEY, `X-Long: ${"x".repeat(100_000)}`]);
    expect([0, 200, 400, 413, 431]).toContain(answer.status);
  });

  it("what is no HTTP at all is refused", async () => {
    for (const text of [
      "hello\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "\u0016\u0003\u0001\u0000\u0000\r\n\r\n",
    ]) {
      const answer = await sendRaw(world.gateway.url, text);
      expect([0, 400, 404, 405, 501, 505]).toContain(answer.status);
    }
  });
});

describe("methods", () => {
  // (CONNECT never reaches a Worker: workerd, like Cloudflare, has its own answer.)
  it.each(["TRACE", "PROPFIND", "get", "QUERY", "FOO"])("%s is refused or passed on", async (method) => {
    const answer = await sendRaw(world.gateway.url, rawRequest(`${method} ${TARGET} HTTP/1.1`, [KEY]));
    expect([200, 400, 405, 501]).toContain(answer.status);
  });

  it("a method that a header claims is not believed", async () => {
    const answer = await get(TARGET, [KEY, "X-HTTP-Method-Override: DELETE"]);
    expect(answer.status).toBe(200);
    expect((await world.direct(TARGET)).json).toHaveLength(1);
  });
});
