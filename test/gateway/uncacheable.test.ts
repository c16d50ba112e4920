import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { type Answer, ask, PUBLISHABLE_KEY, settings, workers } from "../../testing/gateway/stack.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";

let origin: NodeOrigin;
let gateway: Gateway;

beforeAll(async () => {
  origin = await startNodeOrigin();
  gateway = await startGateway({ entry: workers.tight, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

beforeEach(() => origin.reset());

const read = (id: string): Promise<Answer> =>
  ask(`${gateway.url}/rest/v1/articles?id=eq.${id}`, { headers: { apikey: PUBLISHABLE_KEY } });

/** The origin answers with these headers, and a different body each time. */
function answerWith(headers: Record<string, string | string[]>, status = 200, body?: string): void {
  let count = 0;
  origin.handle = async (request, response) => {
    await origin.arrive(request);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body ?? JSON.stringify([{ count: count++ }]));
  };
}

it.each([
  ["Cache-Control: no-store", { "cache-control": "no-store" }, "response-no-store"],
  ["Cache-Control: private", { "cache-control": "max-age=60, private" }, "response-private"],
  ["a foreign Set-Cookie", { "set-cookie": "session=1; Path=/" }, "set-cookie"],
  [
    "a foreign Set-Cookie beside an edge's",
    { "set-cookie": ["__cf_bm=x; Path=/", "session=1"] },
    "set-cookie",
  ],
  ["Vary: *", { vary: "*" }, "vary-star"],
])("I8. an answer with %s goes only to its caller", async (what, headers, reason) => {
  answerWith(headers);
  const id = what.replaceAll(/\W/g, "");
  const bodies = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const answer = await read(id);
    expect(answer.status).toBe(200);
    expect(answer.cacheStatus).toBe(`tidemark; fwd=bypass; detail=${reason}`);
    bodies.add(answer.body.toString());
  }
  expect(bodies.size).toBe(3);
});

it("a foreign Set-Cookie reaches its caller untouched", async () => {
  answerWith({ "set-cookie": ["a=1; Path=/; HttpOnly", "b=2; Expires=Wed, 09 Jun 2027 10:18:14 GMT"] });
  const answer = await read("cookies");
  expect(answer.headers.getSetCookie()).toEqual([
    "a=1; Path=/; HttpOnly",
    "b=2; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
  ]);
});

it("cookies of Supabase's own edge are dropped, and the answer is cached", async () => {
  answerWith({ "set-cookie": ["__cf_bm=abc; path=/; HttpOnly", "_cfuvid=1; path=/"] });
  const first = await read("edge");
  expect(first.cacheStatus).toMatch(/; stored/);
  expect(first.headers.getSetCookie()).toEqual([]);
  const second = await read("edge");
  expect(second.cacheStatus).toMatch(/; hit/);
  expect(second.body.equals(first.body)).toBe(true);
});

it.each([true, false])(
  "a body over the cap passes through whole (its length declared: %s)",
  async (declared) => {
    const body = JSON.stringify(Array.from({ length: 10_000 }, (_, n) => ({ n })));
    answerWith(declared ? { "content-length": String(body.length) } : {}, 200, body);
    for (let round = 0; round < 3; round++) {
      const answer = await read(`big${declared}`);
      expect(answer.status).toBe(200);
      expect(answer.body.toString()).toBe(body);
      expect(answer.cacheStatus).toBe("tidemark; fwd=bypass; detail=response-too-large");
    }
  },
);

it("a hundred callers of a body over the cap all get it whole", async () => {
  const body = "x".repeat(200_000);
  answerWith({}, 200, body);
  const answers = await Promise.all(Array.from({ length: 100 }, () => read("bigforall")));
  expect(answers.every((answer) => answer.status === 200 && answer.body.length === body.length)).toBe(true);
});

it.each([201, 204, 301, 307, 400, 401, 403, 404, 416, 429, 500, 503])(
  "a %d is passed on and not kept",
  async (status) => {
    answerWith(
      status === 301 || status === 307 ? { location: "/elsewhere" } : {},
      status,
      status === 204 ? "" : "[]",
    );
    for (let round = 0; round < 2; round++) {
      const answer = await read(`status${status}`);
      expect(answer.status).toBe(status);
      expect(answer.cacheStatus).toMatch(/fwd=/);
    }
    expect(origin.arrived.length).toBeGreaterThanOrEqual(2);
  },
);

it("an error answer keeps the headers that say how to proceed", async () => {
  answerWith(
    { "retry-after": "7", "www-authenticate": 'Bearer realm="x"', "proxy-status": "x" },
    429,
    "slow down",
  );
  const answer = await read("retry");
  expect(answer.status).toBe(429);
  expect(answer.headers.get("retry-after")).toBe("7");
});

it("a fill carries the configured key and canonical headers, nothing of the caller's", async () => {
  const headers = {
    apikey: PUBLISHABLE_KEY,
    "x-client-info": "mine",
    "user-agent": "mine",
    referer: "https://mine.example",
    "x-forwarded-for": "203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "accept-language": "mine",
    "if-none-match": '"mine"',
    traceparent: "mine",
  };
  const shaping = { accept: "application/json;q=0.9, text/csv;q=0.1", "accept-profile": "public" };
  await ask(`${gateway.url}/rest/v1/articles?id=eq.fill`, { headers: { ...headers, ...shaping } });
  await ask(`${gateway.url}/rest/v1/articles?id=eq.fill`, { headers });
  const [fill, bare] = origin.arrived;
  expect(JSON.stringify(fill?.rawHeaders)).not.toMatch(/mine|203\.0\.113\.9/);
  const keys = { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${PUBLISHABLE_KEY}` };
  expect(fill?.headers).toMatchObject({ ...keys, accept: "application/json", "accept-profile": "public" });
  // PostgREST names the schema in its answer only if it was asked for by name.
  expect(bare?.headers).toMatchObject({ ...keys, accept: "*/*" });
  expect(bare?.headers).not.toHaveProperty("accept-profile");
});
