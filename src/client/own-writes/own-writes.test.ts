import { createClient } from "@supabase/supabase-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ClientOptions, tidemark } from "../client.ts";

const GATEWAY = "https://gateway.example";
const SUPABASE = "https://abc.supabase.co";
const READ = `${SUPABASE}/rest/v1/articles?select=id`;

type Answer = (headers: Headers) => Response | Promise<Response>;

/** What was asked, in order: `strict`, `token t1` and `plain` of the gateway; `read` and the writes of Supabase. */
let asked: string[];
let gateway: Answer;
let supabase: Answer;
let strictReads: number;

const json = (status: string, headers: Record<string, string> = {}) =>
  new Response('[{"id":1}]', {
    headers: { "cache-status": status, "content-type": "application/json", ...headers },
  });

const isStrict = (headers: Headers) => headers.get("cache-control")?.includes("no-cache") ?? false;

/** With capture: each strict read brings another token. */
const capture: Answer = (headers) => {
  if (!isStrict(headers)) return json("tidemark; hit; detail=memory");
  strictReads += 1;
  return json("tidemark; hit; detail=keeper", { "tidemark-token": `t${strictReads}` });
};

const webhooks: Answer = () => json("tidemark; hit; detail=memory; unproven");
const bypass: Answer = () => json("tidemark; fwd=bypass; detail=user-token");

const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  const request = new Request(input, init);
  request.signal.throwIfAborted();
  const token = request.headers.get("tidemark-token");
  if (request.url.startsWith(GATEWAY)) {
    asked.push(isStrict(request.headers) ? "strict" : token === null ? "plain" : `token ${token}`);
    return gateway(request.headers);
  }
  asked.push(request.method === "GET" ? "read" : request.method);
  return supabase(request.headers);
}) as typeof fetch;

const client = (options: Partial<ClientOptions> = {}) =>
  tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network, ...options });

const write = (through: typeof fetch) => through(READ, { method: "POST", body: "{}" });

/** What `times` reads ask, one after the other. */
async function reads(through: typeof fetch, times = 1): Promise<string[]> {
  asked = [];
  for (let read = 0; read < times; read++) await through(READ, { headers: { apikey: "k" } });
  return asked;
}

/** An answer that comes when the test says so. */
function later(): { answer: Promise<Response>; give(response: Response): void } {
  const { promise, resolve } = Promise.withResolvers<Response>();
  return { answer: promise, give: resolve };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  asked = [];
  strictReads = 0;
  gateway = capture;
  supabase = () => new Response('[{"id":2}]', { headers: { "content-type": "application/json" } });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("I6. after a write", () => {
  it("one read is strict, those of the next minute carry its token, and later ones nothing", async () => {
    const fetch = client();
    expect(await reads(fetch, 2)).toEqual(["plain", "plain"]);
    await write(fetch);
    vi.advanceTimersByTime(3_600_000);
    expect(await reads(fetch, 3)).toEqual(["strict", "token t1", "token t1"]);
    vi.advanceTimersByTime(59_999);
    expect(await reads(fetch)).toEqual(["token t1"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it("reads carry the token for as long as the owner's tables need it", async () => {
    const fetch = client({ tokenLifetime: "10m" });
    await write(fetch);
    await reads(fetch);
    vi.advanceTimersByTime(599_999);
    expect(await reads(fetch)).toEqual(["token t1"]);
  });

  it.each<[string, RequestInit]>([
    ["/rest/v1/articles", { method: "POST" }],
    ["/rest/v1/articles?id=eq.1", { method: "PATCH" }],
    ["/rest/v1/articles?id=eq.1", { method: "PUT" }],
    ["/rest/v1/articles?id=eq.1", { method: "DELETE" }],
    ["/rest/v1/rpc/publish", { method: "post" }],
    ["/graphql/v1", { method: "POST" }],
    ["/graphql/v1?x=y", { method: "POST" }],
  ])("a write is %s %j", async (path, init) => {
    const fetch = client();
    await fetch(SUPABASE + path, init);
    expect(await reads(fetch)).toEqual(["strict"]);
    await fetch(new Request(SUPABASE + path, init));
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it.each<[string, RequestInit]>([
    ["/rest/v1/rpc/count", { method: "GET" }],
    ["/rest/v1/articles", { method: "HEAD" }],
    ["/graphql/v1", { method: "GET" }],
    ["/graphql/v12", { method: "POST" }],
    ["/auth/v1/token?to=/rest/v1/x", { method: "POST" }],
    ["/storage/v1/object/rest/v1/x", { method: "POST" }],
    ["/functions/v1/hello", { method: "POST" }],
  ])("a write is not %s %j", async (path, init) => {
    const fetch = client();
    await fetch(SUPABASE + path, init);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it.each<[string, Answer]>([
    ["was refused", () => new Response("{}", { status: 409 })],
    ["broke off", () => Promise.reject(new TypeError("network"))],
  ])("one that %s counts: it may have been made", async (_, answer) => {
    const fetch = client();
    supabase = answer;
    await write(fetch).catch(() => {});
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it("nothing of another client's reads changes", async () => {
    const fetch = client();
    await write(client());
    expect(await reads(fetch)).toEqual(["plain"]);
  });
});

describe("I6. with more at the same time", () => {
  it("reads that begin while a write is under way owe it nothing, those after its answer do", async () => {
    const fetch = client();
    const answer = later();
    supabase = () => answer.answer;
    const writing = write(fetch);
    expect(await reads(fetch)).toEqual(["plain"]);
    answer.give(new Response());
    await writing;
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it("a strict read that began before the last answer to a write brings no token", async () => {
    const fetch = client();
    await write(fetch);
    const slow = later();
    gateway = () => slow.answer;
    const reading = fetch(READ);
    await write(fetch);
    slow.give(json("tidemark; hit; detail=keeper", { "tidemark-token": "old" }));
    await reading;
    gateway = capture;
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });

  it("a token does not give way to one of a strict read that began earlier", async () => {
    const fetch = client();
    await write(fetch);
    const slow = later();
    gateway = () => slow.answer;
    const reading = fetch(READ);
    gateway = capture;
    await write(fetch);
    expect(await reads(fetch)).toEqual(["strict"]);
    slow.give(json("tidemark; hit; detail=keeper", { "tidemark-token": "old" }));
    await reading;
    expect(await reads(fetch)).toEqual(["token t1"]);
  });

  it("overlapping writes each ask for a strict read after their own answer", async () => {
    const fetch = client();
    const answers = [later(), later()];
    let writes = 0;
    supabase = () => answers[writes++]?.answer ?? Promise.reject(new Error("no more"));
    const writing = [write(fetch), write(fetch)];
    answers[1]?.give(new Response());
    await writing[1];
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
    answers[0]?.give(new Response());
    await writing[0];
    expect(await reads(fetch, 2)).toEqual(["strict", "token t2"]);
  });
});

describe("I6. a strict read goes on being owed", () => {
  it.each<[string, Answer, string[]]>([
    ["bypasses", bypass, ["strict"]],
    ["is answered without a token", () => json("tidemark; fwd=uri-miss; stored"), ["strict"]],
    ["finds the gateway failing", () => new Response("<html>", { status: 522 }), ["strict", "read"]],
    ["cannot reach it", () => Promise.reject(new TypeError("network")), ["strict", "read"]],
    [
      "is refused",
      () => new Response("{}", { status: 414, headers: { "content-type": "application/problem+json" } }),
      ["strict", "read"],
    ],
  ])("when one %s", async (_, answer, expected) => {
    const fetch = client();
    await write(fetch);
    gateway = answer;
    expect(await reads(fetch)).toEqual(expected);
    vi.advanceTimersByTime(10_001);
    gateway = capture;
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });

  it("when it was aborted", async () => {
    const fetch = client();
    await write(fetch);
    await expect(fetch(READ, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await reads(fetch)).toEqual(["strict"]);
  });
});

it("I6. an older answer, given because the database failed, is not for who has just written", async () => {
  const stale: Answer = () => json("tidemark; hit; detail=stale-if-error; unproven");
  const fetch = client();
  await write(fetch);
  gateway = stale;
  expect(await reads(fetch)).toEqual(["strict", "read"]);
  gateway = capture;
  expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  gateway = stale;
  expect(await (await fetch(READ)).json()).toEqual([{ id: 2 }]);
  vi.advanceTimersByTime(60_000);
  expect(await reads(fetch)).toEqual(["plain"]);
});

describe("I6. of a gateway with webhooks only", () => {
  it("a strict answer is not taken, and reads go to Supabase for some seconds after the write", async () => {
    const fetch = client();
    gateway = webhooks;
    await write(fetch);
    const response = await fetch(READ);
    expect(await response.json()).toEqual([{ id: 2 }]);
    expect(asked).toEqual(["POST", "strict", "read"]);
    vi.advanceTimersByTime(4_999);
    expect(await reads(fetch)).toEqual(["read"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch, 2)).toEqual(["plain", "plain"]);
  });

  it("no strict read is tried once this is known", async () => {
    const fetch = client({ ownWritesBypass: "2s" });
    gateway = webhooks;
    await reads(fetch);
    await write(fetch);
    vi.advanceTimersByTime(1_000);
    await write(fetch);
    vi.advanceTimersByTime(1_999);
    expect(await reads(fetch)).toEqual(["read"]);
    vi.advanceTimersByTime(1);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it("answers that came directly do not hide it", async () => {
    const fetch = client();
    gateway = webhooks;
    await reads(fetch);
    gateway = bypass;
    await reads(fetch);
    await write(fetch);
    expect(await reads(fetch)).toEqual(["read"]);
  });

  it("capture is noticed when it comes, and when it goes", async () => {
    const fetch = client();
    gateway = webhooks;
    await reads(fetch);
    gateway = capture;
    await reads(fetch);
    await write(fetch);
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
    gateway = webhooks;
    expect(await reads(fetch, 2)).toEqual(["token t1", "read", "read"]);
  });
});

describe("the caller's own headers", () => {
  const seen: Headers[] = [];
  const noting: Answer = (headers) => {
    seen.push(headers);
    return capture(headers);
  };

  it("stay, and what is asked is the stricter of both", async () => {
    const fetch = client();
    await write(fetch);
    gateway = noting;
    const headers = { "Cache-Control": "max-age=3", "If-None-Match": '"mine"', "Tidemark-Token": "mine" };
    await fetch(READ, { headers });
    await fetch(new Request(READ, { headers }));
    expect(seen.map((headers) => headers.get("cache-control"))).toEqual(["max-age=3, no-cache", "max-age=3"]);
    expect(seen.map((headers) => headers.get("if-none-match"))).toEqual(['"mine"', '"mine"']);
    expect(seen.map((headers) => headers.get("tidemark-token"))).toEqual(["mine", "mine"]);
  });

  it("are not written to", async () => {
    const fetch = client();
    await write(fetch);
    const headers = new Headers({ apikey: "k" });
    await fetch(READ, { headers });
    await fetch(READ, { headers });
    expect([...headers]).toEqual([["apikey", "k"]]);
  });

  it("go to Supabase as they are", async () => {
    const fetch = client();
    await write(fetch);
    gateway = webhooks;
    let atSupabase = new Headers();
    supabase = (headers) => {
      atSupabase = headers;
      return new Response("[]");
    };
    await fetch(READ, { headers: { apikey: "k" } });
    expect([...atSupabase]).toEqual([["apikey", "k"]]);
  });

  it("I6. keep a browser's own cache, and the old tokens in it, out of strict reads", async () => {
    const fetch = client();
    await write(fetch);
    gateway = noting;
    seen.length = 0;
    await reads(fetch, 2);
    expect(seen.map((headers) => headers.get("if-none-match"))).toEqual(['"-"', null]);
  });
});

describe("its options", () => {
  it("can turn it off", async () => {
    const fetch = client({ ownWrites: false });
    await write(fetch);
    expect(await reads(fetch)).toEqual(["plain"]);
    fetch.wrote();
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });

  it("refuse times that are none", () => {
    expect(() => client({ tokenLifetime: "soon" })).toThrow(RangeError);
    expect(() => client({ ownWritesBypass: "soon" })).toThrow(RangeError);
  });

  it("I6. wrote() tells of writes made elsewhere", async () => {
    const fetch = client();
    await reads(fetch);
    fetch.wrote();
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });
});

describe("I6. where there is no performance.now()", () => {
  beforeEach(() => vi.stubGlobal("performance", undefined));

  it.each([-86_400_000, 86_400_000])("a clock set by %i ms takes no token away", async (step) => {
    const fetch = client();
    await write(fetch);
    await reads(fetch);
    vi.setSystemTime(Date.now() + step);
    expect(await reads(fetch)).toEqual(["token t1"]);
    for (let tenth = 0; tenth < 6; tenth++) {
      vi.setSystemTime(Date.now() + 10_000);
      await reads(fetch);
    }
    expect(await reads(fetch)).toEqual(["plain"]);
  });
});

describe("I6. with supabase-js", () => {
  const fetch = () => client();
  const articles = (through: typeof globalThis.fetch) =>
    createClient(SUPABASE, "sb_publishable_x", {
      global: { fetch: through },
      auth: { persistSession: false, autoRefreshToken: false },
    });
  type Supabase = ReturnType<typeof articles>;

  it.each<[string, string, (supabase: Supabase) => PromiseLike<unknown>]>([
    ["insert", "POST", (supabase) => supabase.from("articles").insert({ id: 3 })],
    ["insert … select", "POST", (supabase) => supabase.from("articles").insert({ id: 3 }).select()],
    ["update", "PATCH", (supabase) => supabase.from("articles").update({ title: "x" }).eq("id", 3)],
    ["upsert", "POST", (supabase) => supabase.from("articles").upsert({ id: 3 })],
    ["delete", "DELETE", (supabase) => supabase.from("articles").delete().eq("id", 3)],
    ["rpc", "POST", (supabase) => supabase.rpc("publish", { id: 3 })],
  ])("reads after %s reflect it", async (_, method, write) => {
    const supabase = articles(fetch());
    await supabase.from("articles").select("id");
    await write(supabase);
    const { data, error } = await supabase.from("articles").select("id");
    expect({ data, error }).toEqual({ data: [{ id: 1 }], error: null });
    await supabase.from("articles").select("*", { head: true, count: "exact" });
    expect(asked).toEqual(["plain", method, "strict", "token t1"]);
  });

  it("an rpc that only reads costs nothing when it says so", async () => {
    const supabase = articles(fetch());
    await supabase.rpc("count_articles", {}, { get: true });
    await supabase.from("articles").select("id");
    expect(asked).toEqual(["plain", "plain"]);
  });
});
