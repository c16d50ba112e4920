import { createClient } from "@supabase/supabase-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tidemark } from "./client.ts";

const GATEWAY = "https://gateway.example";
const SUPABASE = "https://abc.supabase.co";

interface Asked {
  readonly url: string;
  readonly init: RequestInit | undefined;
}

type Answer = (asked: Asked) => Response | Promise<Response>;

let asked: Asked[];
let gateway: Answer;

const hit: Answer = () =>
  new Response('[{"id":1}]', {
    headers: { "cache-status": "tidemark; hit; detail=memory", "content-type": "application/json" },
  });

/** The network: the gateway answers as the test says, Supabase always. */
const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  const url = typeof input === "object" && "url" in input ? input.url : String(input);
  asked.push({ url, init });
  init?.signal?.throwIfAborted();
  if (url.startsWith(GATEWAY)) return gateway({ url, init });
  return new Response('[{"id":2}]', { headers: { "content-type": "application/json" } });
}) as typeof fetch;

const client = (options: Partial<Parameters<typeof tidemark>[0]> = {}) =>
  tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network, ...options });

/** Hosts asked, in order. */
const hosts = () => asked.map(({ url }) => new URL(url).host.split(".")[0]);

const READ = `${SUPABASE}/rest/v1/articles?select=id&title=eq.a%2Fb`;

beforeEach(() => {
  asked = [];
  gateway = hit;
});

afterEach(() => {
  vi.useRealTimers();
});

describe("with supabase-js", () => {
  const supabase = () =>
    createClient(SUPABASE, "sb_publishable_x", {
      global: { fetch: client() },
      auth: { persistSession: false, autoRefreshToken: false },
    });

  it("reads go to the gateway, with the path, the query and the headers that Supabase would have got", async () => {
    const { data, error } = await supabase().from("articles").select("id").eq("title", "a/b, ü").limit(3);
    expect(error).toBeNull();
    expect(data).toEqual([{ id: 1 }]);
    expect(asked[0]?.url).toBe(`${GATEWAY}/rest/v1/articles?select=id&title=eq.a%2Fb%2C+%C3%BC&limit=3`);
    const headers = new Headers(asked[0]?.init?.headers);
    expect(headers.get("apikey")).toBe("sb_publishable_x");
    expect(headers.get("accept-profile")).toBe("public");
    await supabase().from("articles").select("*", { head: true, count: "exact" });
    expect(asked[1]).toMatchObject({ url: `${GATEWAY}/rest/v1/articles?select=*`, init: { method: "HEAD" } });
  });

  it("all other requests go to Supabase", async () => {
    const client = supabase();
    await client.from("articles").insert({ id: 3 });
    await client.from("articles").delete().eq("id", 3);
    await client.rpc("count_articles");
    await client.auth.signInWithPassword({ email: "a@b.c", password: "x" });
    await client.storage.from("bucket").download("a.png");
    await client.functions.invoke("hello");
    expect(new Set(hosts())).toEqual(new Set(["abc"]));
    expect(asked.length).toBeGreaterThanOrEqual(6);
  });

  it("calls of the functions named go to the gateway with their arguments, those of others to Supabase", async () => {
    const fetch = client({ functions: ["search_articles", "archive.old_titles"] });
    const auth = { persistSession: false, autoRefreshToken: false };
    const reader = createClient(SUPABASE, "sb_publishable_x", { global: { fetch }, auth });
    await reader.rpc("search_articles", { term: "ü" }).order("id").limit(2);
    expect(asked[0]).toMatchObject({
      url: `${GATEWAY}/rest/v1/rpc/search_articles?order=id.asc&limit=2`,
      init: { method: "POST", body: '{"term":"ü"}' },
    });
    await reader.schema("archive").rpc("old_titles");
    await reader.rpc("search_articles", { term: "a" }, { get: true });
    await reader.rpc("search_articles", { term: "a" }, { head: true, count: "exact" });
    await reader.schema("archive").rpc("search_articles");
    await reader.rpc("old_titles");
    await reader.rpc("search_article");
    await fetch(new Request(`${SUPABASE}/rest/v1/rpc/search_articles`, { method: "POST", body: "{}" }));
    expect(hosts()).toEqual(["gateway", "gateway", "gateway", "gateway", "abc", "abc", "abc", "abc"]);
  });

  it("a call whose answer does not come is made at Supabase, with its arguments", async () => {
    gateway = () => Promise.reject(new TypeError("gone"));
    const fetch = client({ functions: ["search_articles"] });
    const init = { method: "POST", body: '{"term":"a"}', headers: { "content-type": "application/json" } };
    await fetch(`${SUPABASE}/rest/v1/rpc/search_articles`, init);
    expect(hosts()).toEqual(["gateway", "abc"]);
    expect(asked[1]?.init).toMatchObject(init);
  });

  it("reads still answer when the gateway is gone", async () => {
    gateway = () => Promise.reject(new TypeError("fetch failed"));
    expect((await supabase().from("articles").select("id")).data).toEqual([{ id: 2 }]);
    expect(hosts()).toEqual(["gateway", "abc"]);
  });
});

describe("a read", () => {
  it("may be a string, a URL or a Request", async () => {
    const read = client();
    await read(READ);
    await read(new URL(READ));
    await read(new Request(READ, { headers: { apikey: "k" }, method: "HEAD" }));
    await read(new Request(READ, { headers: { apikey: "k" } }), { headers: { apikey: "other" } });
    expect(asked.map(({ url }) => url)).toEqual(Array(4).fill(READ.replace(SUPABASE, GATEWAY)));
    expect(asked[2]?.init?.method).toBe("HEAD");
    expect(new Headers(asked[2]?.init?.headers).get("apikey")).toBe("k");
    expect(new Headers(asked[3]?.init?.headers).get("apikey")).toBe("other");
  });

  it.each<[string, RequestInit | undefined]>([
    [`${SUPABASE}/auth/v1/user`, undefined],
    [`${SUPABASE}/rest/v1`, undefined],
    [`${SUPABASE}/rest/v12/articles`, undefined],
    [`${SUPABASE}?to=/rest/v1/articles`, undefined],
    [`${SUPABASE}/x?to=https://x/rest/v1/articles`, undefined],
    [READ, { method: "POST" }],
    [READ, { method: "DELETE" }],
    [READ, { method: "GET", body: "x" }],
    ["/rest/v1/articles", undefined],
  ])("is not %s %j", async (url, init) => {
    await client()(url, init).catch(() => {});
    expect(asked).toEqual([{ url, init }]);
  });

  it("is not a Request that writes", async () => {
    const write = new Request(READ, { method: "PATCH", body: "{}" });
    await client()(write);
    expect(hosts()).toEqual(["abc"]);
  });

  it("gives its own init unchanged to Supabase", async () => {
    gateway = () => new Response("", { status: 521 });
    const init = { headers: { a: "b" }, signal: new AbortController().signal };
    await client()(READ, init);
    expect(asked[1]?.init).toBe(init);
  });
});

describe("a failing gateway", () => {
  const problem = (status: number) =>
    new Response("{}", {
      status,
      headers: { "content-type": "application/problem+json", "cache-status": "tidemark; fwd=miss" },
    });

  it.each<[string, Answer, string]>([
    ["does not answer at all", () => Promise.reject(new TypeError("network")), "abc"],
    ["has a problem (500)", () => problem(500), "abc"],
    ["has a problem (502)", () => problem(502), "abc"],
    ["has a problem (504)", () => problem(504), "abc"],
    ["is unreachable for its edge", () => new Response("<html>", { status: 522 }), "abc"],
    ["threw", () => new Response("<html>error 1101", { status: 500 }), "abc"],
    ["is over its plan", () => new Response("error 1027", { status: 429 }), "abc"],
  ])("is bypassed, and left alone for a while: it %s", async (_, answer, host) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    gateway = answer;
    const read = client();
    expect(await (await read(READ)).json()).toEqual([{ id: 2 }]);
    expect(hosts()).toEqual(["gateway", host]);
    await read(READ);
    expect(hosts()).toEqual(["gateway", host, host]);
    vi.advanceTimersByTime(10_001);
    gateway = hit;
    expect(await (await read(READ)).json()).toEqual([{ id: 1 }]);
    await read(READ);
    expect(hosts()).toEqual(["gateway", host, host, "gateway", "gateway"]);
  });

  it("is not a gateway that refuses a request", async () => {
    gateway = () => problem(414);
    const read = client();
    expect(await (await read(READ)).json()).toEqual([{ id: 2 }]);
    await read(READ);
    expect(hosts()).toEqual(["gateway", "abc", "gateway", "abc"]);
  });

  it.each([400, 401, 404, 406, 416, 429, 500, 503, 520])(
    "is not a gateway that passes Supabase's %i on",
    async (status) => {
      gateway = () =>
        new Response("{}", {
          status,
          headers: { "cache-status": "tidemark; fwd=bypass; detail=user-token" },
        });
      expect((await client()(READ)).status).toBe(status);
      expect(hosts()).toEqual(["gateway"]);
    },
  );

  it("costs one timeout, and another now and then", async () => {
    vi.useFakeTimers();
    const signals: (AbortSignal | null | undefined)[] = [];
    gateway = ({ init }) => {
      signals.push(init?.signal);
      return new Promise(() => {});
    };
    const read = client({ timeout: "2s" });
    const caller = new AbortController();
    const burst = [read(READ, { signal: caller.signal }), read(READ)];
    await vi.advanceTimersByTimeAsync(2_000);
    for (const response of await Promise.all(burst)) expect(await response.json()).toEqual([{ id: 2 }]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    expect(caller.signal.aborted).toBe(false);

    asked = [];
    await Promise.all([read(READ), read(READ)]);
    expect(hosts()).toEqual(["abc", "abc"]);
    await vi.advanceTimersByTimeAsync(10_001);
    asked = [];
    const trial = [read(READ), read(READ), read(READ)];
    await vi.advanceTimersByTimeAsync(2_000);
    await Promise.all(trial);
    expect(hosts()).toEqual(["gateway", "abc", "abc", "abc"]);
  });
});

describe("the caller's abort", () => {
  it("is passed on, is no failure, and causes no other request", async () => {
    gateway = ({ init }) =>
      new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
    const read = client();
    const caller = new AbortController();
    const aborted = read(READ, { signal: caller.signal });
    const reason = new DOMException("enough", "AbortError");
    caller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect(hosts()).toEqual(["gateway"]);
    gateway = hit;
    await read(READ);
    expect(hosts()).toEqual(["gateway", "gateway"]);
  });

  it("also works before any request is sent, and in a Request", async () => {
    await expect(client()(READ, { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(client()(new Request(READ, { signal: AbortSignal.abort() }))).rejects.toThrow();
    expect(new Set(hosts())).toEqual(new Set(["gateway"]));
  });

  it("reaches the gateway where signals cannot be joined", async () => {
    const { any } = AbortSignal;
    // React Native has no AbortSignal.any.
    Object.defineProperty(AbortSignal, "any", { value: undefined, configurable: true });
    try {
      const caller = new AbortController();
      await client()(READ, { signal: caller.signal });
      expect(asked[0]?.init?.signal).toBe(caller.signal);
    } finally {
      Object.defineProperty(AbortSignal, "any", { value: any, configurable: true });
    }
  });
});

describe("its options", () => {
  it.each(["https://x.example", "https://x.example/", " HTTP://localhost:8787 "])(
    "take %j",
    async (gateway) => {
      await tidemark({ gateway, project: SUPABASE, fetch: network })(READ);
      expect(asked[0]?.url).toBe(
        `${gateway.trim().replace(/\/$/, "").toLowerCase()}/rest/v1/articles?select=id&title=eq.a%2Fb`,
      );
    },
  );

  it("use the platform's fetch as of each call", async () => {
    const read = tidemark({ gateway: GATEWAY, project: SUPABASE });
    vi.stubGlobal("fetch", network);
    await read(READ);
    vi.unstubAllGlobals();
    expect(hosts()).toEqual(["gateway"]);
  });
});
