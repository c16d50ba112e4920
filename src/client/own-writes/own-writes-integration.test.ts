import { createClient } from "@supabase/supabase-js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Answer,
  asked,
  capture,
  client,
  json,
  READ,
  reads,
  SUPABASE,
  servers,
  useFakeServers,
  webhooks,
  write,
} from "./testing/servers.ts";

useFakeServers();

describe("the caller's own headers", () => {
  const seen: Headers[] = [];
  const noting: Answer = (headers) => {
    seen.push(headers);
    return capture(headers);
  };

  it("stay, and the stricter of both bounds applies", async () => {
    const fetch = client();
    await write(fetch);
    servers.gateway = noting;
    const headers = { "Cache-Control": "max-age=3", "If-None-Match": '"mine"', "Tidemark-Token": "mine" };
    await fetch(READ, { headers });
    await fetch(new Request(READ, { headers }));
    expect(seen.map((headers) => headers.get("cache-control"))).toEqual(["max-age=3, no-cache", "max-age=3"]);
    expect(seen.map((headers) => headers.get("if-none-match"))).toEqual(['"mine"', '"mine"']);
    expect(seen.map((headers) => headers.get("tidemark-token"))).toEqual(["mine", "mine"]);
  });

  it("are not modified", async () => {
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
    servers.gateway = webhooks;
    let atSupabase = new Headers();
    servers.supabase = (headers) => {
      atSupabase = headers;
      return new Response("[]");
    };
    await fetch(READ, { headers: { apikey: "k" } });
    expect([...atSupabase]).toEqual([["apikey", "k"]]);
  });

  it("I6. keep a browser's own cache, and the old tokens in it, out of strict reads", async () => {
    const fetch = client();
    await write(fetch);
    servers.gateway = noting;
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

  it("refuse invalid times", () => {
    expect(() => client({ tokenLifetime: "soon" })).toThrow(RangeError);
    expect(() => client({ ownWritesBypass: "soon" })).toThrow(RangeError);
  });

  it("I6. wrote() reports writes made elsewhere", async () => {
    const fetch = client();
    await reads(fetch);
    fetch.wrote();
    expect(await reads(fetch, 2)).toEqual(["strict", "token t1"]);
  });
});

describe("I6. without performance.now()", () => {
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

  it("an rpc that only reads costs nothing if the caller says so", async () => {
    const supabase = articles(fetch());
    await supabase.rpc("count_articles", {}, { get: true });
    await supabase.from("articles").select("id");
    expect(asked).toEqual(["plain", "plain"]);
  });
});

describe("calls of functions", () => {
  const CALL = `${SUPABASE}/rest/v1/rpc/search_articles`;
  const call = (through: typeof fetch) => through(CALL, { method: "POST", body: "{}" });
  const calling = () => client({ functions: ["search_articles"] });

  it("I6. that are named do not count as writes", async () => {
    const fetch = calling();
    await call(fetch);
    expect(await reads(fetch)).toEqual(["plain"]);
  });

  it("I6. that are named reflect writes, like any read", async () => {
    const fetch = calling();
    await write(fetch);
    asked.length = 0;
    await call(fetch);
    expect(asked).toEqual(["strict"]);
  });

  it("I6. that are not named count as writes", async () => {
    const fetch = client();
    await call(fetch);
    expect(await reads(fetch)).toEqual(["strict"]);
  });

  it.each([
    "tidemark; fwd=method",
    "tidemark; fwd=bypass; detail=volatile-function",
    "tidemark; fwd=bypass; detail=function-not-configured",
  ])("I6. that the gateway does not take for reads count as writes: %s", async (label) => {
    const fetch = calling();
    servers.gateway = () => json(label);
    await call(fetch);
    servers.gateway = capture;
    expect(await reads(fetch)).toEqual(["strict"]);
  });
});
