import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { labelOf } from "../../src/client/gateway/cache-status.ts";
import { judge } from "../../src/client/gateway/gateway-answer.ts";
import { rawRequest, sendRaw } from "../../testing/gateway/raw-http.ts";
import {
  type Answer,
  ask,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  type Stack,
  settings,
  startStack,
  workers,
} from "../../testing/gateway/stack.ts";

let stack: Stack;
let misconfigured: Gateway;
/** With deadlines so short that a busy machine reaches them, too. */
let faulty: Gateway;

beforeAll(async () => {
  stack = await startStack({ entry: workers.plain });
  const env = settings(stack.supabase.url);
  [misconfigured, faulty] = await Promise.all([
    startGateway({ entry: workers.plain, env: { ...env, SUPABASE_URL: "nonsense" }, onLog: () => {} }),
    startGateway({ entry: workers.faulty, env, onLog: () => {} }),
  ]);
});

afterAll(async () => {
  await faulty?.stop();
  await misconfigured?.stop();
  await stack?.stop();
});

/** What a page of another origin would see of it, and how the client judges that. */
function seenByAPage({ status, headers }: Answer) {
  const exposed = (headers.get("access-control-expose-headers") ?? "").toLowerCase().split(/, */);
  const isVisible = headers.get("access-control-allow-origin") === "*" && exposed.includes("cache-status");
  const visible = new Headers({ "content-type": headers.get("content-type") ?? "" });
  const field = headers.get("cache-status");
  if (isVisible && field !== null) visible.set("cache-status", field);
  const verdict = judge({ status, headers: visible } as Response, stack.gateway.url);
  return typeof verdict === "string" ? verdict : "answer";
}

const PAGE = { origin: "https://app.example" };
const read = (target: string, headers: Record<string, string> = {}, method = "GET") =>
  stack.read(target, { method, headers: { ...PAGE, ...headers } });
const faults = (body: object) =>
  ask(`${faulty.url}/__test/faults`, { method: "POST", body: JSON.stringify(body) });

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const label = (answer: Answer) => answer.cacheStatus.replace("; unproven", "");

describe("each answer to a read says that it is the gateway's, and a page can see it", () => {
  it.each<[string, string, Record<string, string>]>([
    ["tidemark; fwd=bypass; detail=table-not-configured", "/rest/v1/nowhere", {}],
    ["tidemark; fwd=bypass; detail=function-not-configured", "/rest/v1/rpc/search_movies?term=a", {}],
    ["tidemark; fwd=bypass; detail=other-key", article(1), { apikey: SECRET_KEY }],
    ["tidemark; fwd=bypass; detail=user-token", article(1), { authorization: "Bearer a.b.c" }],
    ["tidemark; fwd=bypass; detail=unkeyed-header", article(1), { "x-mine": "1" }],
    ["tidemark; fwd=bypass; detail=cookie", article(1), { cookie: "a=b" }],
    ["tidemark; fwd=bypass; detail=time-dependent", "/rest/v1/articles?created_at=lt.now", {}],
    ["tidemark; fwd=bypass; detail=unparsable", "/rest/v1/articles?select=((", {}],
    ["tidemark; fwd=bypass; detail=unknown-embed", "/rest/v1/articles?select=id,nowhere(*)", {}],
    ["tidemark; fwd=bypass; detail=uncacheable-accept", article(1), { accept: "image/png" }],
    ["tidemark; fwd=bypass; detail=uncacheable-prefer", article(1), { prefer: "count=estimated" }],
    ["tidemark; fwd=bypass; detail=url-too-long", `/rest/v1/articles?title=eq.${"a".repeat(8_300)}`, {}],
    ["tidemark; fwd=bypass; detail=request-no-store", article(1), { "cache-control": "no-store" }],
    ["tidemark; fwd=bypass; detail=only-writes", article(1), { prefer: "tx=rollback" }],
    ["tidemark; fwd=bypass; detail=status-not-cacheable", "/rest/v1/articles?nothing=eq.1", {}],
    ["tidemark; fwd=method", "/rest/v1", {}],
  ])("%s", async (expected, target, headers) => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await read(target, headers, method);
      expect([label(answer), seenByAPage(answer)]).toEqual([expected, "answer"]);
    }
  });

  it("of more than one range", async () => {
    // A `HEAD` has none (RFC 9110, section 14.2).
    const answer = await read(article(1), { range: "0-1, 3-4" });
    expect([label(answer), seenByAPage(answer)]).toEqual([
      "tidemark; fwd=bypass; detail=uncacheable-range",
      "answer",
    ]);
  });

  it("without a key", async () => {
    const answer = await ask(`${stack.gateway.url}${article(1)}`, { headers: PAGE });
    expect([label(answer), seenByAPage(answer)]).toEqual(["tidemark; fwd=bypass; detail=no-key", "answer"]);
  });

  it("stored, a hit, not modified, a part of the rows, no single row, no such rows", async () => {
    const miss = await read(article(11));
    const hit = await read(article(11));
    const head = await read(article(11), {}, "HEAD");
    const unmodified = await read(article(11), { "if-none-match": hit.headers.get("etag") ?? "" });
    const part = await read("/rest/v1/tags?select=id&limit=1&order=id", { prefer: "count=exact" });
    const single = await read("/rest/v1/articles?id=eq.-1", { accept: "application/vnd.pgrst.object+json" });
    const beyond = await read("/rest/v1/tags?select=id&offset=9999", { prefer: "count=exact" });
    const answers = [miss, hit, head, unmodified, part, single, beyond];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 206, 406, 416]);
    expect(answers.map(seenByAPage)).toEqual(answers.map(() => "answer"));
  });

  it("a failing, redirecting or silent origin", async () => {
    for (const [status, expected] of [
      [200, "answer"],
      [301, "refused"],
      [302, "refused"],
      [307, "refused"],
      [400, "answer"],
      [401, "answer"],
      [403, "answer"],
      [404, "answer"],
      [429, "answer"],
      [500, "answer"],
      [502, "answer"],
      [503, "answer"],
      [522, "answer"],
      [530, "answer"],
    ] as const) {
      for (const headers of [{}, { authorization: "Bearer a.b.c" }] as Record<string, string>[]) {
        stack.origin.instead = () =>
          new Response("<html>", { status, headers: { location: "/x", "content-type": "text/html" } });
        const answer = await read(`/rest/v1/articles?id=eq.7${status}`, headers);
        expect([answer.status, seenByAPage(answer)]).toEqual([status, expected]);
      }
    }
    stack.origin.instead = () => undefined;
    stack.supabase.setDown(true);
    for (const headers of [{}, { authorization: "Bearer a.b.c" }] as Record<string, string>[]) {
      const answer = await read("/rest/v1/articles?id=eq.7999", headers);
      expect([answer.status, seenByAPage(answer)]).toEqual([502, "origin-failed"]);
      expect(answer.cacheStatus.match(/tidemark/g)).toHaveLength(1);
    }
    stack.supabase.setDown(false);
  });

  it.each(["throw", "hang"])("a keeper whose calls %s", async (keeper) => {
    await faults({ keeper });
    const headers = { ...PAGE, apikey: PUBLISHABLE_KEY };
    const answers = await Promise.all([21, 22, 23].map((id) => ask(faulty.url + article(id), { headers })));
    await faults({ keeper: "" });
    expect(answers.map((answer) => [answer.status, seenByAPage(answer)])).toEqual(
      answers.map(() => [200, "answer"]),
    );
  });

  it.each(["off", "shadow", "on"])("mode %s", async (mode) => {
    await stack.admin("mode", { mode });
    for (let reads = 0; reads < 3; reads++) expect(seenByAPage(await read(article(31)))).toBe("answer");
  });

  it("requests that the gateway refuses, with the reason", async () => {
    const long = await read(`/rest/v1/articles?id=eq.${"1".repeat(17_000)}`);
    expect([long.status, label(long), seenByAPage(long)]).toEqual([
      414,
      "tidemark; detail=url-too-long",
      "refused",
    ]);
    for (const target of ["/rest/v1//articles", "/rest/v1/a%2Fb", "/rest/v1/%ff", "/rest/v1/a%5cb"]) {
      const bad = await read(target);
      expect([bad.status, label(bad), seenByAPage(bad)]).toEqual([
        400,
        "tidemark; detail=bad-path",
        "refused",
      ]);
    }
  });

  it("a configuration that cannot be used", async () => {
    const answer = await ask(`${misconfigured.url}${article(1)}`, {
      headers: { ...PAGE, apikey: PUBLISHABLE_KEY },
    });
    expect([answer.status, label(answer), seenByAPage(answer)]).toEqual([
      500,
      "tidemark; detail=misconfigured",
      "failed",
    ]);
  });
});

it("whatever bytes a read is made of, its answer says that it is the gateway's", async () => {
  const { url } = stack.gateway;
  for (const target of [
    "/rest/v1/articles?select=\u00e9",
    "/rest/v1/articles?",
    "/rest/v1/",
    "/rest/v1/.",
    "/rest/v1/articles?a=%",
    "/rest/v1/articles#x",
    "/rest/v1/\\articles",
    "/rest/v1/ARTICLES",
    "/rest/v1/articles?&&&=&",
  ]) {
    const answer = await sendRaw(url, rawRequest(`GET ${target} HTTP/1.1`, [`apikey: ${PUBLISHABLE_KEY}`]));
    expect(labelOf(answer.header("cache-status") ?? null), target).toBeDefined();
  }
});
