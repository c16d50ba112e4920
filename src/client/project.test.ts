import { createClient } from "@supabase/supabase-js";
import { beforeEach, describe, expect, it } from "vitest";
import { tidemark } from "./client.ts";

const GATEWAY = "https://gateway.example";

let asked: { readonly url: string; readonly headers: Headers }[];

const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  const request = new Request(input, init);
  asked.push({ url: request.url, headers: request.headers });
  return new Response("[]", { headers: { "cache-status": "tidemark; hit; detail=memory" } });
}) as typeof fetch;

const through = (project: string) => tidemark({ gateway: GATEWAY, project, fetch: network });

beforeEach(() => {
  asked = [];
});

describe("reads of another project", () => {
  it("go where they went before, with their keys, even if both clients share one fetch", async () => {
    const fetch = through("https://abc.supabase.co");
    const options = { global: { fetch }, auth: { persistSession: false, autoRefreshToken: false } };
    const ours = createClient("https://abc.supabase.co", "sb_publishable_ours", options);
    const theirs = createClient("https://def.supabase.co", "sb_publishable_theirs", {
      ...options,
      auth: { ...options.auth, storageKey: "theirs" },
    });
    await theirs.from("articles").select("id");
    await ours.from("articles").select("id");
    await theirs.from("articles").select("id");
    expect(asked.map(({ url, headers }) => [new URL(url).host, headers.get("apikey")])).toEqual([
      ["def.supabase.co", "sb_publishable_theirs"],
      ["gateway.example", "sb_publishable_ours"],
      ["def.supabase.co", "sb_publishable_theirs"],
    ]);
  });

  it.each([
    "https://abc.supabase.co.evil.example/rest/v1/articles",
    "https://abc.supabase.com/rest/v1/articles",
    "https://xabc.supabase.co/rest/v1/articles",
    "http://abc.supabase.co/rest/v1/articles",
    "https://abc.supabase.co:8443/rest/v1/articles",
    "https://abc.supabase.co@evil.example/rest/v1/articles",
    "https://key@abc.supabase.co/rest/v1/articles",
    "https://evil.example/https://abc.supabase.co/rest/v1/articles",
    "https://abc.supabase.co/project/rest/v1/articles",
    "https://abc.supabase.co/rest/v1/../../auth/v1/user",
    "https://abc.supabase.co/rest/v1/%2e%2E/auth/v1/user",
    "https://abc.supabase.co/rest/v1/.\\../auth",
    "https://abc.supabase.co\\rest/v1/articles",
    "https://abc.supabase.co/rest/v1/.\n./articles",
    "https://abc.supabase.co/rest/v10/articles",
  ])("are not the project's: %j", async (url) => {
    await through("https://abc.supabase.co")(url).catch(() => {});
    expect(asked.filter((request) => request.url.startsWith(GATEWAY))).toEqual([]);
  });

  it("and its writes make no read of the project strict", async () => {
    const fetch = through("https://abc.supabase.co");
    await fetch("https://def.supabase.co/rest/v1/articles", { method: "POST", body: "{}" });
    await fetch("https://def.supabase.co/graphql/v1", { method: "POST", body: "{}" });
    await fetch("https://abc.supabase.co/rest/v1/articles");
    expect(asked[2]?.headers.get("cache-control")).toBeNull();
    await fetch("https://abc.supabase.co/graphql/v1", { method: "POST", body: "{}" });
    await fetch("https://abc.supabase.co/rest/v1/articles");
    expect(asked[4]?.headers.get("cache-control")).toBe("no-cache");
  });
});

describe("reads of the project", () => {
  it.each([
    ["https://abc.supabase.co", "https://abc.supabase.co/rest/v1/articles?a=eq./../b"],
    ["https://abc.supabase.co/", "https://abc.supabase.co/rest/v1/articles?a=eq./../b"],
    [" HTTPS://ABC.supabase.co:443/ ", "https://abc.supabase.co/rest/v1/articles?a=eq./../b"],
    ["https://abc.supabase.co", "https://ABC.supabase.co:443/rest/v1/articles?a=eq./../b"],
    ["http://localhost:54321", "http://localhost:54321/rest/v1/articles?a=eq./../b"],
    ["http://[::1]:80", "http://[::1]/rest/v1/articles?a=eq./../b"],
    ["https://host.example/supabase", "https://host.example/supabase/rest/v1/articles?a=eq./../b"],
    ["https://host.example/supabase/", "https://host.example/supabase/rest/v1/articles?a=eq./../b#x"],
  ])("of %j go to the gateway: %j", async (project, url) => {
    await through(project)(url);
    expect(asked.map((request) => request.url)).toEqual([`${GATEWAY}/rest/v1/articles?a=eq./../b`]);
  });

  it.each([
    "https://host.example/rest/v1/articles",
    "https://host.example/supabaserest/v1/articles",
    "https://host.example/supabase2/rest/v1/articles",
  ])("under a path are only those under that path: %j", async (url) => {
    await through("https://host.example/supabase")(url);
    expect(asked.map((request) => request.url)).toEqual([url]);
  });
});
