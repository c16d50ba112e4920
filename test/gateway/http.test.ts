import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PUBLISHABLE_KEY, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";

let stack: Stack;

// A bound of an hour, so that a hit stays a hit until a test says otherwise.
beforeAll(async () => {
  stack = await startStack({ entry: workers.patient });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

describe("entity tags", () => {
  it("a matching If-None-Match gets a 304 without a body, from a miss on", async () => {
    const first = await stack.read(article(1));
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await stack.read(article(1), { headers: { "if-none-match": ifNoneMatch } });
      expect(answer.status).toBe(304);
      expect(answer.body.length).toBe(0);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.cacheStatus).toMatch(/; hit/);
    }
  });

  it("another tag gets the body", async () => {
    const answer = await stack.read(article(1), { headers: { "if-none-match": '"other"' } });
    expect(answer.status).toBe(200);
    expect(answer.json[0].id).toBe(1);
  });

  it("changes with the rows, and only with them", async () => {
    const before = (await stack.read(article(2))).headers.get("etag");
    await stack.change("update articles set views = 2222 where id = 2");
    const strictly = { headers: { "cache-control": "no-cache" } };
    const after = (await stack.read(article(2), strictly)).headers.get("etag");
    expect(after).not.toBe(before);
    await stack.change("update articles set views = views where id = 2");
    expect((await stack.read(article(2), strictly)).headers.get("etag")).toBe(after);
  });

  it("differs when only the count in Content-Range does", async () => {
    const counted = { headers: { prefer: "count=exact", "cache-control": "no-cache" } };
    const target = "/rest/v1/tags?select=id&order=id&limit=1";
    const before = await stack.read(target, counted);
    expect(before.status).toBe(206);
    expect(before.headers.get("content-range")).toBe("0-0/8");
    await stack.change("insert into tags (name) values ('counted')");
    const after = await stack.read(target, counted);
    expect(after.body.equals(before.body)).toBe(true);
    expect(after.headers.get("content-range")).toBe("0-0/9");
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
  });

  it("no 304 for the 406 of no single row", async () => {
    const single = { accept: "application/vnd.pgrst.object+json" };
    const missing = await stack.read(article(-1), { headers: single });
    expect(missing.status).toBe(406);
    const again = await stack.read(article(-1), { headers: { ...single, "if-none-match": "*" } });
    expect(again.status).toBe(406);
    expect(again.cacheStatus).toMatch(/; hit/);
  });
});

describe("HEAD", () => {
  it("is answered from GET's entry: the same headers, no body, no request to the origin", async () => {
    const get = await stack.read(article(3));
    stack.origin.reset();
    const head = await stack.read(article(3), { method: "HEAD" });
    expect(stack.origin.reads).toEqual([]);
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect(head.cacheStatus).toMatch(/; hit/);
    for (const name of ["etag", "content-type", "content-range"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });

  it("cold, it fills the entry that GET is then answered from", async () => {
    expect((await stack.read(article(4), { method: "HEAD" })).status).toBe(200);
    expect((await stack.read(article(4))).cacheStatus).toMatch(/; hit/);
  });
});

describe("headers for caches on the way", () => {
  it("browsers revalidate an answer and no other cache stores it, hit or miss", async () => {
    for (let round = 0; round < 2; round++) {
      const { headers } = await stack.read(article(5));
      expect(headers.get("cache-control")).toBe("private, no-cache");
      expect(headers.get("age")).toMatch(/^\d+$/);
      for (const name of ["apikey", "Authorization", "Accept", "Accept-Profile", "Prefer", "Range"]) {
        expect(headers.get("vary")?.toLowerCase()).toContain(name.toLowerCase());
      }
    }
  });

  it("an entry passes on no header of the origin's connection", async () => {
    const { headers } = await stack.read(article(5));
    for (const name of ["keep-alive", "set-cookie", "server", "x-powered-by"])
      expect(headers.has(name)).toBe(false);
  });

  it("Cache-Status is one member named tidemark, and unproven without capture", async () => {
    const miss = await stack.read(article(6));
    expect(miss.cacheStatus).toBe("tidemark; fwd=uri-miss; stored; unproven");
    expect((await stack.read(article(6))).cacheStatus).toBe("tidemark; hit; detail=memory; unproven");
  });
});

describe("what a request may ask", () => {
  it.each(["no-cache", "max-age=0", "no-cache, no-transform", "MAX-AGE=0"])(
    "I6. Cache-Control: %s asks strictly",
    async (cacheControl) => {
      await stack.read(article(7));
      const views = Math.floor(Math.random() * 1e6);
      await stack.change(`update articles set views = ${views} where id = 7`);
      const strict = await stack.read(article(7), { headers: { "cache-control": cacheControl } });
      expect(strict.json[0].views).toBe(views);
    },
  );

  it("Cache-Control: a max-age below the table's bound is honoured, a larger one changes nothing", async () => {
    await stack.read(article(8));
    await stack.change("update articles set views = 88 where id = 8");
    const strict = await stack.read(article(8), { headers: { "cache-control": "max-age=0" } });
    expect(strict.json[0].views).toBe(88);
    const patient = await stack.read(article(8), { headers: { "cache-control": "max-age=999999999" } });
    expect(patient.cacheStatus).toMatch(/; hit/);
  });

  it("Cache-Control: no-store bypasses", async () => {
    const answer = await stack.read(article(8), { headers: { "cache-control": "no-store" } });
    expect(answer.cacheStatus).toBe("tidemark; fwd=bypass; detail=request-no-store");
  });

  it("requests whose headers do not affect the answer share one entry", async () => {
    await stack.read(article(9));
    const answer = await stack.read(article(9), {
      headers: {
        "x-client-info": "supabase-js/1",
        "x-retry-count": "2",
        "user-agent": "test",
        "accept-language": "pl",
        traceparent: "00-1-1-00",
        "x-forwarded-for": "203.0.113.7",
        referer: "https://app.example/",
        "cf-connecting-ip": "203.0.113.7",
      },
    });
    expect(answer.cacheStatus).toMatch(/; hit/);
  });

  it.each([
    ["x-tenant", "a", "unkeyed-header"],
    ["cookie", "session=1", "cookie"],
  ])("%s, which SQL could read, bypasses", async (name, value, reason) => {
    const answer = await stack.read(article(9), { headers: { [name]: value } });
    expect(answer.cacheStatus).toBe(`tidemark; fwd=bypass; detail=${reason}`);
  });

  it("Range pages the rows, each page its own entry", async () => {
    const target = "/rest/v1/movies?select=id&order=id";
    for (const range of ["0-4", "5-9", "0-4"]) {
      const answer = await stack.read(target, { headers: { range } });
      const direct = await stack.direct(target, { headers: { range } });
      expect(answer.status).toBe(direct.status);
      expect(answer.body.equals(direct.body)).toBe(true);
      expect(answer.headers.get("content-range")).toBe(direct.headers.get("content-range"));
    }
  });

  it("Accept and Accept-Profile have their own entries", async () => {
    const target = "/rest/v1/articles?select=id,title&order=id&limit=3";
    const variants = [
      {},
      { accept: "text/csv" },
      { "accept-profile": "archive" },
      { accept: "application/vnd.pgrst.object+json" },
    ];
    for (let round = 0; round < 2; round++) {
      for (const headers of variants as Record<string, string>[]) {
        const answer = await stack.read(target, { headers });
        const direct = await stack.direct(target, { headers });
        expect(answer.status).toBe(direct.status);
        expect(answer.headers.get("content-type")).toBe(direct.headers.get("content-type"));
        expect(answer.body.equals(direct.body)).toBe(true);
      }
    }
  });

  it("Content-Location names the same rows, whatever spelling of the query filled the entry", async () => {
    await stack.read("/rest/v1/articles?select=*&order=id.asc&limit=2");
    const answer = await stack.read("/rest/v1/articles?limit=2&order=id");
    const location = answer.headers.get("content-location");
    expect(location).toMatch(/^\/articles\?/);
    expect((await stack.direct(`/rest/v1${location}`)).body.equals(answer.body)).toBe(true);
  });
});

describe("CORS", () => {
  const origin = "https://app.example";

  it("a preflight is answered at the edge", async () => {
    stack.origin.reset();
    const before = stack.supabase.requests.total;
    const answer = await stack.read(article(1), {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "apikey,authorization,x-client-info,accept-profile",
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toContain("GET");
    expect(answer.headers.get("access-control-allow-headers")).toContain("apikey");
    expect(Number(answer.headers.get("access-control-max-age"))).toBeGreaterThan(0);
    expect(stack.supabase.requests.total).toBe(before);
  });

  it("pages may read an answer and its Cache-Status: miss, hit, 304, HEAD, bypass and error alike", async () => {
    const { headers } = await stack.read(article(1));
    const asked: [string, RequestInit][] = [
      [article(10), {}],
      [article(1), {}],
      [article(1), { headers: { "if-none-match": headers.get("etag") ?? "" } }],
      [article(1), { method: "HEAD" }],
      ["/rest/v1/nowhere", {}],
      ["/rest/v1/articles?select=nothing", {}],
      ["/rest/v1/articles%2F..", {}],
    ];
    for (const [target, init] of asked) {
      const answer = await stack.read(target, { ...init, headers: { ...init.headers, origin } });
      expect(answer.headers.get("access-control-allow-origin"), `${target} ${answer.status}`).toBe("*");
      expect(answer.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("cache-status");
      expect(answer.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("content-range");
    }
  });

  it("works in a page whose key is only in the headers", async () => {
    const answer = await stack.read(article(1), { headers: { origin, apikey: PUBLISHABLE_KEY } });
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });
});
