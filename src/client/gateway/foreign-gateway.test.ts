import { createClient } from "@supabase/supabase-js";
import { beforeEach, describe, expect, it } from "vitest";
import { tidemark } from "../client.ts";

const GATEWAY = "https://gateway.example";
const SUPABASE = "https://abc.supabase.co";
const READ = `${SUPABASE}/rest/v1/articles?select=id`;

let asked: { readonly url: string; readonly init: RequestInit | undefined }[];
let gateway: () => Response | Promise<Response>;

/** The network: the host at the gateway's address answers as the test says, and Supabase always does. */
const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  asked.push({ url: String(input), init });
  if (String(input).startsWith(GATEWAY)) return gateway();
  return new Response('[{"id":2}]', { headers: { "content-type": "application/json" } });
}) as typeof fetch;

const client = () => tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network });

const hosts = () => asked.map(({ url }) => new URL(url).host.split(".")[0]);

const page = (status: number, headers: Record<string, string> = {}, body = "<html>") => {
  const isBodyless = status === 204 || status === 304;
  return () =>
    new Response(isBodyless ? null : body, { status, headers: { "content-type": "text/html", ...headers } });
};

/** What a browser exposes of a redirect that it was told not to follow (Fetch Standard, opaque-redirect filtered). */
const opaqueRedirect = () =>
  new Proxy(new Response(null), {
    get(response, name) {
      if (name === "type") return "opaqueredirect";
      if (name === "status") return 0;
      if (name === "headers") return new Headers();
      return Reflect.get(response, name, response);
    },
  });

beforeEach(() => {
  asked = [];
});

/** What answers at the gateway's address when the gateway does not. */
const NOT_OURS: [what: string, answer: () => Response | Promise<Response>][] = [
  ["404 of a deleted Worker (Cloudflare 1042)", page(404, {}, "error code: 1042")],
  ["404 of a host without a route", page(404, { "content-type": "text/plain" }, "There is nothing here yet")],
  ["530 of a deleted zone (Cloudflare 1016)", page(530, {}, "error code: 1016")],
  ["409 of a host on no plan (Cloudflare 1001)", page(409)],
  ["403 of a firewall", page(403)],
  ["401 of an access proxy", page(401, { "www-authenticate": "Cloudflare-Access" })],
  ["400 of a proxy", page(400)],
  ["405 of a static host", page(405)],
  ["407 of a proxy", page(407)],
  ["410 of a parking page", page(410)],
  ["416 of a static host", page(416)],
  ["429 of a plan (Cloudflare 1027)", page(429)],
  ["451 of a censor", page(451)],
  ["500 of a Worker that threw (Cloudflare 1101)", page(500)],
  ["503 of another Worker", page(503)],
  ["200 with a parking page", page(200)],
  ["200 with a login page of a captive portal", page(200, {}, "<form>")],
  ["200 with JSON of somebody else", page(200, { "content-type": "application/json" }, "[]")],
  ["200 with PostgREST's JSON, but without the gateway's word", () => new Response('[{"id":1}]')],
  ["204 of a connectivity check", page(204)],
  ["206 of somebody else", page(206)],
  ["304 of somebody else", page(304)],
  ["301 to https", page(301, { location: "https://elsewhere.example/" })],
  ["302 to a login page", page(302, { location: "https://login.example/" })],
  ["307 to another host", page(307, { location: "https://elsewhere.example/rest/v1/articles" })],
  ["308 to another host", page(308, { location: "https://elsewhere.example/rest/v1/articles" })],
  ["a redirect as browsers show it", opaqueRedirect],
  ["a problem of somebody else", page(404, { "content-type": "application/problem+json" }, "{}")],
  ["another cache's word", page(200, { "cache-status": '"Cloudflare"; hit' })],
  ["a cache whose name holds ours", page(200, { "cache-status": "tidemarkets; hit; detail=memory" })],
  ["a cache whose name ends in ours", page(200, { "cache-status": "not-tidemark; hit" })],
  ["our name as another's detail", page(200, { "cache-status": 'varnish; hit; detail="tidemark; hit"' })],
  ["our name inside a quoted list", page(200, { "cache-status": 'varnish; detail="a, tidemark; hit, b"' })],
  ["our name as a parameter", page(200, { "cache-status": "varnish; tidemark; hit" })],
  ["our name in other letters", page(200, { "cache-status": "Tidemark; hit" })],
  ["our name, and then what is no parameter", page(200, { "cache-status": "tidemark hit" })],
  ["a field that is no list", page(200, { "cache-status": '"; tidemark; hit' })],
];

describe("an answer that is not the gateway's", () => {
  it.each(NOT_OURS)("is never the caller's, and leaves the gateway alone: %s", async (_, answer) => {
    gateway = answer;
    const read = client();
    const supabase = createClient(SUPABASE, "sb_publishable_x", {
      global: { fetch: read },
      auth: { persistSession: false, autoRefreshToken: false },
    });
    for (let reads = 0; reads < 3; reads++) {
      const { data, error } = await supabase.from("articles").select("id");
      expect({ data, error }).toEqual({ data: [{ id: 2 }], error: null });
    }
    expect(hosts()).toEqual(["gateway", "abc", "abc", "abc"]);
  });

  it.each(NOT_OURS)("proves nothing about the caller's own writes: %s", async (_, answer) => {
    const read = client();
    gateway = page(200, { "cache-status": "tidemark; fwd=bypass; detail=user-token" }, "[]");
    await read(READ);
    read.wrote();
    gateway = async () => {
      const given = await answer();
      if (given.status !== 0) given.headers.set("tidemark-token", "forged");
      return given;
    };
    expect(await (await read(READ)).json()).toEqual([{ id: 2 }]);
    asked = [];
    await read(READ);
    const sent = asked.map(({ init }) => new Headers(init?.headers).get("tidemark-token"));
    expect(sent).not.toContain("forged");
  });

  it("is one after a redirect, where the platform always follows them (React Native)", async () => {
    const from = (url: string, members: object) => () =>
      Object.defineProperties(
        page(200, { "cache-status": "tidemark; hit; detail=memory" }, "[]")(),
        Object.fromEntries(
          Object.entries({ url, ...members }).map(([name, value]) => [name, { value, configurable: true }]),
        ),
      );
    for (const elsewhere of [
      from("https://login.example/rest/v1/articles?select=id", { redirected: undefined }),
      from("https://gateway.example.evil.example/rest/v1/articles", { redirected: undefined }),
      from(`${GATEWAY}/rest/v1/articles?select=id`, { redirected: true }),
    ]) {
      asked = [];
      gateway = elsewhere;
      expect(await (await client()(READ)).json()).toEqual([{ id: 2 }]);
      expect(hosts()).toEqual(["gateway", "abc"]);
    }
    asked = [];
    gateway = from(`${GATEWAY}/rest/v1/articles?select=id`, { redirected: undefined });
    expect(await (await client()(READ)).json()).toEqual([]);
  });
});

describe("an answer that is the gateway's", () => {
  it.each([
    "tidemark; hit; detail=memory",
    "tidemark; fwd=uri-miss; stored",
    "tidemark",
    "tidemark;hit",
    'tidemark; hit; detail="memory"',
    "origin; hit, tidemark; fwd=bypass; detail=user-token",
    'tidemark; hit; detail=kv, "Cloudflare"; fwd=miss',
    'ours; detail="a \\" b, c", tidemark; hit',
  ])("is known by %j", async (label) => {
    gateway = page(200, { "cache-status": label }, '[{"id":1}]');
    expect(await (await client()(READ)).json()).toEqual([{ id: 1 }]);
    expect(hosts()).toEqual(["gateway"]);
  });

  it("may be a 304 if the caller asked for one", async () => {
    gateway = page(304, { "cache-status": "tidemark; hit; detail=memory" });
    expect((await client()(READ, { headers: { "if-none-match": '"a"' } })).status).toBe(304);
  });

  it("is fetched without following redirects, whatever the caller sets for Supabase's", async () => {
    gateway = page(200, { "cache-status": "tidemark; hit" }, "[]");
    await client()(READ, { redirect: "follow" });
    await client()(new Request(READ, { redirect: "error" }));
    expect(asked.map(({ init }) => init?.redirect)).toEqual(["manual", "manual"]);
  });

  it("that redirects, as SQL may, is fetched from Supabase, and is no failure", async () => {
    gateway = page(302, { "cache-status": "tidemark; fwd=bypass; detail=user-token", location: "/x" });
    const read = client();
    const init = { redirect: "error" } as const;
    await read(READ, init);
    await read(READ, init);
    expect(hosts()).toEqual(["gateway", "abc", "gateway", "abc"]);
    expect(asked[1]?.init).toBe(init);
  });
});
