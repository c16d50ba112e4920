import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import { type Answer, ask, configured, settings } from "../../testing/gateway/stack.ts";
import { type BarePostgrest, startBarePostgrest } from "../../testing/origins/bare-postgrest.ts";

const config: TidemarkConfig = {
  tables: { articles: { freshness: "1h" }, movies: { freshness: "1h" }, tags: { freshness: "1h" } },
  origin: { path: "/", key: "none" },
  headers: { response: ["X-Total-Pages"] },
};

let supabase: Supabase;
let origin: BarePostgrest;
let gateway: Gateway;

beforeAll(async () => {
  supabase = await startSupabase();
  origin = await startBarePostgrest(supabase);
  const { entry, env } = configured(config);
  gateway = await startGateway({
    entry,
    env: { ...settings(origin.url), ...env },
    onLog: () => {},
  });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
  await supabase?.stop();
});

/** What may differ between the origin's own answer and one from the cache, and why. */
const ALLOWED: ReadonlySet<string> = new Set([
  // of the connection
  ...["connection", "keep-alive", "transfer-encoding", "content-length"],
  // of the program that answered, and when
  ...["server", "date"],
  // the gateway's own
  ...["age", "cache-control", "cache-status", "etag", "vary"],
  ...["access-control-allow-origin", "access-control-expose-headers"],
]);

function compared({ headers }: Answer): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !ALLOWED.has(name)).sort());
}

const SINGLE = { accept: "application/vnd.pgrst.object+json" };

/** As the official clients do, this names the schema. */
function asking(init: RequestInit = {}): RequestInit {
  return { ...init, headers: { "accept-profile": "public", ...init.headers } };
}

describe("an answer from the cache has the headers that PostgREST itself gives", () => {
  it.each<[string, string, RequestInit]>([
    ["a list", "/articles?select=id,title&order=id&limit=3", {}],
    ["nothing found", "/articles?select=id&id=eq.-1", {}],
    ["everything", "/tags", {}],
    ["one row", "/articles?select=id&id=eq.5", { headers: SINGLE }],
    ["no single row", "/articles?select=id&id=eq.-5", { headers: SINGLE }],
    ["CSV", "/articles?select=id,title&order=id&limit=3", { headers: { accept: "text/csv" } }],
    ["a count", "/movies?select=id&order=id&limit=3", { headers: { prefer: "count=exact" } }],
    ["a range", "/movies?select=id&order=id", { headers: { range: "3-5", "range-unit": "items" } }],
    ["HEAD", "/movies?select=id&order=id&limit=2", { method: "HEAD" }],
    ["an error", "/articles?select=nothing", {}],
  ])("%s", async (_, target, init) => {
    const direct = await ask(origin.url + target, asking(init));
    for (const round of ["a miss", "a hit"]) {
      const answer = await ask(gateway.url + target, asking(init));
      expect(answer.status, round).toBe(direct.status);
      expect(compared(answer), round).toEqual(compared(direct));
      if (direct.status < 300 || direct.status === 406) {
        expect(answer.cacheStatus).toMatch(round === "a miss" ? /; stored/ : /; hit/);
      }
    }
  });

  it("Content-Location has the request's own spelling of the query, whichever spelling filled the entry", async () => {
    const spellings = [
      "/articles?select=id,title&id=in.(7,8)&order=id.asc",
      "/articles?order=id.asc&id=in.(7,8)&select=id,title",
      "/articles?select=id%2Ctitle&id=in.%287%2C8%29&order=id.asc",
    ];
    for (const [n, target] of spellings.entries()) {
      const answer = await ask(gateway.url + target);
      expect(answer.cacheStatus).toMatch(n === 0 ? /; stored/ : /; hit/);
      const direct = await ask(origin.url + target);
      expect(answer.headers.get("content-location")).toBe(direct.headers.get("content-location"));
    }
  });
});

it("a header that the database sets is kept if the owner lists it, and pages may read it", async () => {
  const warning = '299 PostgREST "Embedded resource was referenced by relation name"';
  origin.setHeaders = { "x-total-pages": "7", "x-other": "1", warning };
  const page = { headers: { origin: "https://app.example" } };
  for (let round = 0; round < 2; round++) {
    const { cacheStatus, headers } = await ask(`${gateway.url}/tags?select=id&id=gt.2`, asking(page));
    expect(cacheStatus).toMatch(round === 0 ? /; stored/ : /; hit/);
    expect(headers.get("x-total-pages")).toBe("7");
    expect(headers.get("warning")).toBe(warning);
    expect(headers.has("x-other")).toBe(false);
    expect(headers.get("access-control-expose-headers")).toContain("x-total-pages");
  }
  const direct = await ask(`${gateway.url}/tags?select=id&id=gt.2`, {
    headers: { ...page.headers, "cache-control": "no-store" },
  });
  expect(direct.headers.get("access-control-expose-headers")).toContain("x-total-pages");
  origin.setHeaders = {};
});

it("Content-Location in a form that is not PostgREST's is passed on to no reader", async () => {
  // `@supabase/lite` writes a blank as `+`: what it would say of another spelling is not known here.
  const { entry, env } = configured({ tables: config.tables });
  const plain = await startGateway({
    entry,
    env: {
      ...settings(supabase.url),
      SUPABASE_PUBLISHABLE_KEY: supabase.publishableKey,
      ...env,
    },
    onLog: () => {},
  });
  try {
    for (let round = 0; round < 2; round++) {
      const answer = await ask(`${plain.url}/rest/v1/articles?select=id&title=neq.a%20b&limit=1`, {
        headers: { apikey: supabase.publishableKey },
      });
      expect(answer.cacheStatus).toMatch(round === 0 ? /; stored/ : /; hit/);
      expect(answer.headers.has("content-location")).toBe(false);
    }
  } finally {
    await plain.stop();
  }
});
