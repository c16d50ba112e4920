import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { BOUND_MS, FUNCTIONS_SQL, functionsConfig } from "./config.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", config: functionsConfig, sql: FUNCTIONS_SQL });
});

afterAll(() => stack?.stop());

const rpc = (call: string): string => `/rest/v1/rpc/${call}`;

function posted(args: unknown, headers: Record<string, string> = {}): RequestInit {
  const body = typeof args === "string" ? args : JSON.stringify(args);
  return { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
}

const isHit = ({ cacheStatus }: Answer): boolean => /^tidemark; hit/.test(cacheStatus);

/** Reads until the answer comes from the cache. */
async function hitOf(target: string, init?: RequestInit): Promise<Answer> {
  let last: Answer | undefined;
  return until(
    () => `${target} is a hit: ${last?.status} ${last?.cacheStatus} ${last?.body}`,
    async () => {
      last = await stack.read(target, init);
      return isHit(last) && last;
    },
  );
}

async function expectSame(target: string, init?: RequestInit): Promise<Answer> {
  const hit = await hitOf(target, init);
  const direct = await stack.direct(target, init);
  expect(hit.status).toBe(direct.status);
  expect(hit.body.toString()).toBe(direct.body.toString());
  expect(hit.headers.get("content-type")).toBe(direct.headers.get("content-type"));
  expect(hit.headers.get("content-range")).toBe(direct.headers.get("content-range"));
  return hit;
}

const detail = ({ cacheStatus }: Answer): string => /detail=([\w-]+)/.exec(cacheStatus)?.[1] ?? cacheStatus;

/** PostgREST's answer, twice, and never the cache's. */
async function expectBypass(reason: string, target: string, init?: RequestInit): Promise<void> {
  for (const _ of [1, 2]) {
    const answer = await stack.read(target, init);
    const direct = await stack.direct(target, init);
    expect({ reason: detail(answer), status: answer.status }).toEqual({ reason, status: direct.status });
    expect(answer.body.toString()).toBe(direct.body.toString());
  }
}

describe("a function in SQL that is configured", () => {
  it("I1. is answered from the cache, by GET and by POST, each with its own entry", async () => {
    await expectSame(rpc("search_articles?term=cache"));
    const first = await stack.read(rpc("search_articles"), posted({ term: "proof" }));
    expect(first.cacheStatus).toMatch(/fwd=uri-miss/);
    await expectSame(rpc("search_articles"), posted({ term: "proof" }));
    expect(isHit(await stack.read(rpc("search_articles?term=proof")))).toBe(false);
  });

  it("I1. follows changes of what it reads within the bound", async () => {
    for (const [target, init] of [
      [rpc("search_articles?term=zebra"), undefined],
      [rpc("search_articles"), posted({ term: "zebra" })],
    ] as const) {
      const before = (await hitOf(target, init)).json.length;
      const changed = await stack.change(
        "insert into articles (title, body, author_id, category) values ('A zebra', '', 1, 'notes')",
      );
      await withinBound(
        BOUND_MS,
        changed,
        () => stack.read(target, init),
        ({ json }) => json.length === before + 1,
      );
    }
  });

  it("tells explain what it reads, and how that is known", async () => {
    const { json } = await stack.admin("explain", { query: rpc("search_articles?term=cache") });
    expect(json).toMatchObject({ kind: "read", caveats: [] });
    expect(json.relations).toContain("public.articles");
  });

  it("I1. filters, orders, pages and counts its rows", async () => {
    const set = rpc("search_articles?term=a&select=id,title&order=id.desc&limit=5&views=gte.0");
    expect((await expectSame(set)).json).toHaveLength(5);
    await expectSame(rpc("search_articles?term=a&select=id,authors(name)&order=id&limit=3"));
    const posting = rpc("search_articles?select=id&order=id&limit=2&category=eq.notes");
    await expectSame(posting, posted({ term: "a" }));
    await expectSame(rpc("search_articles?term=a&limit=3"), { headers: { prefer: "count=exact" } });
    await expectSame(rpc("tabled?lowest=3&order=number.desc&limit=4&heading=like.*a*"));
    await expectSame(rpc("search_articles?term=a&order=id&limit=1"), {
      headers: { accept: "application/vnd.pgrst.object+json" },
    });
  });

  it("I1. answers values, by GET and by POST", async () => {
    expect((await expectSame(rpc("doubled?n=2"))).body.toString()).toBe("4");
    await expectSame(rpc("doubled"), posted({}));
    await expectSame(rpc("doubled"), posted('{"n":12345678901234567890.00}'));
    await expectSame(rpc("turning"), posted({ n: 1 }));
  });

  it("answers HEAD from the entry of GET", async () => {
    await hitOf(rpc("search_articles?term=head"));
    // Another each time, which no HEAD has filled: a bound may pass in between.
    let term = 0;
    const head = await until("HEAD is a hit", async () => {
      const target = rpc(`search_articles?term=head${++term}`);
      await hitOf(target);
      const head = await stack.read(target, { method: "HEAD" });
      return isHit(head) && head;
    });
    expect(head.body).toHaveLength(0);
  });

  it("knows schemas by the header of each method", async () => {
    await expectSame(rpc("old_titles"), { headers: { "accept-profile": "archive" } });
    await expectSame(rpc("old_titles"), posted({}, { "content-profile": "archive" }));
    await expectBypass("function-not-configured", rpc("old_titles"));
  });
});

describe("a function that Postgres cannot look into", () => {
  it("I1. follows changes of what dependsOn names", async () => {
    const before = (await expectSame(rpc("article_stats"), posted({}))).json;
    const changed = await stack.change("update articles set views = views + 7 where id = 3");
    const total = ({ json }: Answer) => (Array.isArray(json) ? json[0] : json).views;
    const after = Array.isArray(before) ? before[0].views : before.views;
    await withinBound(BOUND_MS, changed, () => stack.read(rpc("article_stats"), posted({})), (answer) => total(answer) === after + 7); // biome-ignore format: one line
  });

  it("I1. is left alone by rows that its arguments rule out", async () => {
    const init = posted({ category: "guides" });
    await expectSame(rpc("in_category"), init);
    const explained = async (record: object) =>
      (
        await stack.admin("explain", {
          query: rpc("in_category?category=guides"),
          change: { type: "INSERT", schema: "public", table: "articles", record, old_record: null },
        })
      ).json.verdict;
    expect(await explained({ id: 1, category: "notes" })).toMatchObject({ affected: false });
    expect(await explained({ id: 1, category: "guides" })).toMatchObject({ affected: true });
  });

  it("counts by its age without dependsOn", async () => {
    const { json } = await stack.admin("explain", { query: rpc("by_age") });
    expect(json.caveats).toMatchObject([{ kind: "unknown-reads" }]);
  });
});

describe("what is refused, each with its reason", () => {
  it.each([
    ["function-not-configured", "search_movies?term=a", undefined],
    ["volatile-function", "view_article", posted({ article: -1 })],
    ["ambiguous-function", "overloaded?a=1", undefined],
    ["ambiguous-function", "raw_body", posted({ a: 1 })],
    ["ambiguous-function", "search_articles?term=eq.a", undefined],
    ["sets-response", "announces", undefined],
    ["function-unknown", "missing", undefined],
    ["time-dependent", "echoes", posted({ words: ["a"], at: "today" })],
    ["time-dependent", "echoes?words={a}&at=tomorrow", undefined],
    ["uncacheable-body", "search_articles", posted('{"term":"a","term":"b"}')],
    ["uncacheable-body", "search_articles", posted("[]")],
    ["uncacheable-body", "search_articles", posted("null")],
    ["uncacheable-body", "search_articles", posted('{"term":NaN}')],
    ["uncacheable-body", "search_articles", posted("{")],
    ["uncacheable-body", "search_articles", posted(`{"term":${"[".repeat(90)}${"]".repeat(90)}}`)],
    ["uncacheable-body", "search_articles", posted({ term: "x".repeat(70_000) })],
    ["uncacheable-body", "search_articles", posted("term=a", { "content-type": "application/x-www-form-urlencoded" })],
    ["unparsable", "search_articles?columns=term", posted({ term: "a" })],
    ["uncacheable-prefer", "search_articles", posted({ term: "a" }, { prefer: "params=single-object" })],
    ["uncacheable-prefer", "search_articles", posted({ term: "a" }, { prefer: "handling=strict,max-affected=1" })],
    ["only-writes", "search_articles", posted({ term: "a" }, { prefer: "tx=rollback" })],
    ["unkeyed-header", "search_articles", posted({ term: "a" }, { "accept-profile": "public" })],
  ] as const)("I9. %s: %s", (reason, call, init) => expectBypass(reason, rpc(call), init)); // biome-ignore format: a table
});

describe("a body that arrives in pieces", () => {
  it("I9. is passed on unread, as its length is not known", async () => {
    const streamed = (): RequestInit => ({
      ...posted({ term: "cache" }),
      body: new Blob(['{"term":"cache"}']).stream(),
      ...{ duplex: "half" },
    });
    for (const _ of [1, 2]) {
      const answer = await stack.read(rpc("search_articles"), streamed());
      expect(detail(answer)).toBe("uncacheable-body");
      const direct = await stack.direct(rpc("search_articles"), posted({ term: "cache" }));
      expect(answer.body.toString()).toBe(direct.body.toString());
    }
  });
});

describe("arguments", () => {
  it("I4. that mean different things have different entries", async () => {
    for (const body of ['{"data":{"b":1,"a":2}}', '{"data":{"a":2,"b":1}}', '{"data":1.0}', '{"data":1.00}', '{"data":{"a":1,"a":2}}', '{"data":null}']) // biome-ignore format: one line
      expect((await expectSame(rpc("shaped"), posted(body))).body.toString()).toBeTypeOf("string");
  });

  it("I4. in another order, or with other blanks, are the same", async () => {
    // Another each time, which only the first spelling has filled: a bound may pass in between.
    let word = 0;
    await until("the other body is a hit", async () => {
      const words = `["a${++word}"]`;
      await hitOf(rpc("echoes"), posted(`{"words":${words},"flag":true}`));
      return isHit(await stack.read(rpc("echoes"), posted(`{ "flag": true,\n "words": ${words} }`)));
    });
    await until("the other query is a hit", async () => {
      word++;
      await hitOf(rpc(`echoes?words={b${word}}&flag=true`));
      return isHit(await stack.read(rpc(`echoes?flag=true&words=%7Bb${word}%7D`)));
    });
  });

  it.each([
    ["of the wrong type", "turning", posted({ n: "many" })],
    ["that are missing", "search_articles", posted({})],
    ["that the function does not have", "search_articles", posted({ term: "a", other: 1 })],
    ["with a NUL", "search_articles", posted('{"term":"a\\u0000"}')],
    ["with half a surrogate pair", "search_articles", posted('{"term":"a\\ud800"}')],
    ["beyond 2^53", "turning", posted('{"n":9007199254740993}')],
  ])("I9. %s are the database's to judge", async (_, name, init) => {
    for (const _ of [1, 2]) {
      const answer = await stack.read(rpc(name), init);
      const direct = await stack.direct(rpc(name), init);
      expect(answer.status).toBe(direct.status);
      expect(answer.body.toString()).toBe(direct.body.toString());
      expect(isHit(answer)).toBe(direct.status === 200 && isHit(answer));
    }
  });
});

describe("DDL", () => {
  it("I1. a function that is replaced, or turns VOLATILE, counts within the bound", async () => {
    const target = rpc("turning?n=0");
    const before = Number((await hitOf(target)).body);
    let changed = performance.now();
    await stack.supabase.db.exec(
      "create or replace function turning(n int) returns bigint language sql stable as 'select count(*) + n + 1000 from authors'",
    );
    changed = performance.now();
    await withinBound(BOUND_MS, changed, () => stack.read(target), ({ body }) => Number(body) !== before); // biome-ignore format: one line
    await hitOf(target);
    await stack.supabase.db.exec("alter function turning(int) volatile");
    await stack.supabase.db.exec(
      "create or replace function turning(n int) returns bigint language plpgsql volatile as 'begin return -1; end'",
    );
    changed = performance.now();
    await withinBound(BOUND_MS, changed, () => stack.read(target), ({ body }) => Number(body) === -1); // biome-ignore format: one line
    await until("it is refused", async () => detail(await stack.read(target)) === "volatile-function");
  });
});
