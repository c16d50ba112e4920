import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const ISOLATES = ["one", "two"];

let stack: Stack;

// Two isolates and a bound of an hour: only the admin API makes anything here be read again.
beforeAll(async () => {
  stack = await startStack({ entry: workers.patient, isolates: ISOLATES });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const MOVIE = "/rest/v1/movies?select=id,title&id=eq.1";
const isHit = async (target: string, at = "one") =>
  /; hit/.test((await stack.read(target, { at })).cacheStatus);

describe("purge", () => {
  /** Purges, and returns which targets the purging isolate still has. */
  async function left(purge: object, targets: string[]): Promise<string[]> {
    for (const target of targets) await stack.read(target);
    for (const target of targets) expect(await isHit(target), target).toBe(true);
    const answer = await stack.admin("purge", purge);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ purged: expect.any(Number), position: { mark: expect.any(Number) } });
    const hits: string[] = [];
    for (const target of targets) if (await isHit(target)) hits.push(target);
    return hits;
  }

  it("by keys, and nothing else", async () => {
    expect(await left({ keys: [article(1)] }, [article(1), article(2), MOVIE])).toEqual([article(2), MOVIE]);
  });

  it("by keys in another spelling, and as `entries` lists them", async () => {
    expect(await left({ keys: ["/rest/v1/articles?id=eq.1&select=id,views"] }, [article(1), MOVIE])).toEqual([
      MOVIE,
    ]);
    const { entries } = (await stack.admin(`entries?prefix=${encodeURIComponent("/rest/v1/movies")}`)).json;
    expect(await left({ keys: [entries[0].key] }, [article(1), MOVIE])).toEqual([article(1)]);
  });

  it("by prefix", async () => {
    expect(await left({ prefix: "/rest/v1/articles" }, [article(1), article(2), MOVIE])).toEqual([MOVIE]);
  });

  it("by table, along with tables that depend on it", async () => {
    const author = "/rest/v1/authors?select=id&id=eq.1";
    expect(await left({ table: "articles" }, [article(1), author, MOVIE])).toEqual([MOVIE]);
    expect(await left({ table: "public.movies" }, [article(1), MOVIE])).toEqual([article(1)]);
  });

  it("all", async () => {
    expect(await left({ all: true }, [article(1), article(2), MOVIE])).toEqual([]);
  });

  it("I1. a change without a webhook shows after a purge", async () => {
    await stack.read(article(3));
    stack.webhooks.pause();
    await stack.supabase.db.query("update articles set views = 33 where id = 3");
    stack.webhooks.lose();
    expect((await stack.read(article(3))).json[0].views).not.toBe(33);
    await stack.admin("purge", { table: "articles" });
    expect((await stack.read(article(3))).json[0].views).toBe(33);
  });

  it("reaches another isolate with its next strict read", async () => {
    await stack.read(article(4), { at: "two" });
    stack.webhooks.pause();
    await stack.supabase.db.query("update articles set views = 44 where id = 4");
    stack.webhooks.lose();
    await stack.admin("purge", { all: true });
    const strict = await stack.read(article(4), { at: "two", headers: { "cache-control": "no-cache" } });
    expect(strict.json[0].views).toBe(44);
    expect((await stack.read(article(4), { at: "two" })).json[0].views).toBe(44);
  });
});

describe("warm", () => {
  it("fills what is missing, and reports the outcome of each", async () => {
    const queries = [
      article(10),
      article(11),
      MOVIE,
      article(10),
      "/rest/v1/nowhere",
      "/auth/v1/user",
      "/rest/v1/articles?select=nothing",
      "//evil.example/x",
    ];
    await stack.admin("purge", { all: true });
    const { status, json } = await stack.admin("warm", { queries });
    expect(status).toBe(200);
    expect(json.results.map(({ query }: { query: string }) => query)).toEqual(queries);
    expect(json.results.slice(0, 3)).toEqual(
      queries.slice(0, 3).map((query) => ({
        query,
        status: 200,
        cacheStatus: expect.stringMatching(/tidemark; (?:fwd=.*stored|hit)/),
      })),
    );
    expect(json.results[4]).toEqual({ query: "/rest/v1/nowhere", bypass: "table-not-configured" });
    expect(json.results[5]).toMatchObject({ bypass: expect.any(String) });
    expect(json.results[6].status).toBe(400);
    expect(json.results[7]).toEqual({ query: "//evil.example/x", bypass: "bad-path" });
    for (const target of [article(10), article(11), MOVIE]) {
      const answer = await stack.read(target, { headers: { "accept-profile": "public" } });
      expect(answer.cacheStatus).toMatch(/; hit/);
    }
  });

  it("asks the origin a few at a time", async () => {
    stack.supabase.requests.reset();
    const queries = Array.from({ length: 60 }, (_, n) => article(100 + n));
    const { json } = await stack.admin("warm", { queries });
    expect(json.results.every(({ status }: { status: number }) => status === 200)).toBe(true);
    expect(stack.supabase.requests.maxInFlight).toBeLessThanOrEqual(6);
  });
});

describe("entries", () => {
  it("lists each key once, page by page", async () => {
    const { json: everything } = await stack.admin("entries?limit=1000");
    expect(everything.cursor).toBeNull();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await stack.admin(
        `entries?limit=7${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      expect(page.json.total).toBe(everything.total);
      expect(page.json.entries.length).toBeLessThanOrEqual(7);
      seen.push(...page.json.entries.map(({ key }: { key: string }) => key));
      cursor = page.json.cursor;
    } while (cursor !== null);
    expect(seen.length).toBe(everything.total);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("describes each key", async () => {
    await stack.read(MOVIE);
    const { json } = await stack.admin(`entries?prefix=${encodeURIComponent(MOVIE.split("?")[0] as string)}`);
    expect(json.entries[0]).toMatchObject({
      path: expect.stringContaining("/rest/v1/movies?select="),
      relation: "public.movies",
      status: 200,
      bytes: expect.any(Number),
      reads: expect.any(Number),
      fills: expect.any(Number),
      invalidated: false,
    });
    expect(JSON.stringify(json)).not.toContain("sb_publishable");
  });
});

describe("stats", () => {
  it("count for the whole gateway, not one isolate, and restart at a reset", async () => {
    await stack.admin("warm", { queries: [MOVIE] });
    const reset = await stack.admin("stats/reset", {});
    expect(reset.json).toMatchObject({ hits: 0, misses: 0, bypasses: 0, originRequests: 0, hitRatio: 0 });
    for (const at of ISOLATES) for (let n = 0; n < 20; n++) await stack.read(MOVIE, { at });
    for (let n = 0; n < 5; n++) await stack.read("/rest/v1/nowhere", { at: "two" });
    await stack.read(article(200));
    // The other isolate's counts come with its next sync.
    const stats = await until("both isolates have reported", async () => {
      await stack.read(article(201), { at: "two", headers: { "cache-control": "no-cache" } });
      const { json } = await stack.admin("stats");
      return json.hits + json.stale >= 39 && json;
    });
    expect(stats.bypasses).toBe(5);
    expect(stats.misses).toBeGreaterThanOrEqual(2);
    expect(stats.errors).toBe(0);
    expect(stats.hitRatio).toBeGreaterThan(0.5);
    expect(stats.hitRatio).toBeLessThan(1);
    for (const name of [
      "hits",
      "stale",
      "misses",
      "bypasses",
      "errors",
      "originRequests",
      "kvReads",
      "kvWrites",
    ]) {
      expect(Number.isSafeInteger(stats[name]), name).toBe(true);
    }
  });

  it("originRequests equals Supabase's count", async () => {
    await stack.admin("purge", { all: true });
    await until("no refill is under way", () => stack.supabase.requests.inFlight === 0);
    await stack.admin("stats/reset", {});
    stack.origin.reset();
    for (let id = 210; id < 216; id++) await stack.read(article(id));
    for (let n = 0; n < 4; n++) await stack.read("/rest/v1/nowhere");
    expect((await stack.admin("stats")).json.originRequests).toBe(stack.origin.reads.length);
  });
});

describe("explain", () => {
  it("says how a read is classified, and whether a change touches it", async () => {
    const change = (table: string) => ({
      type: "UPDATE",
      schema: "public",
      table,
      record: { id: 1 },
      old_record: { id: 1 },
    });
    const about = async (body: object) => (await stack.admin("explain", { query: article(1), ...body })).json;
    expect(await about({})).toMatchObject({
      kind: "read",
      relation: "public.articles",
      audience: "publishable",
    });
    expect((await about({ change: change("articles") })).verdict).toMatchObject({ affected: true });
    expect((await about({ change: change("movies") })).verdict).toMatchObject({
      affected: false,
      rule: "relation",
      because: "unaffected: the query does not depend on this relation",
    });
    expect(await about({ headers: { "x-tenant": "1" } })).toMatchObject({
      kind: "bypass",
      reason: "unkeyed-header",
    });
    // As curl asks, which names no schema: another key than supabase-js's.
    const bare = { query: "/rest/v1/articles?select=id&id=eq.77" };
    expect(await about(bare)).toMatchObject({ registered: false });
    await stack.read(bare.query);
    const known = await about(bare);
    expect(known).toMatchObject({ registered: true });
    expect(known.key).not.toContain("accept-profile");
    expect(await about({ ...bare, headers: { accept: "text/csv" } })).toMatchObject({ registered: false });
    expect(await about({ query: "/rest/v1/nowhere" })).toMatchObject({
      kind: "bypass",
      reason: "table-not-configured",
    });
  });
});
