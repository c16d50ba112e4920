import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import {
  type Answer,
  ask,
  askAdmin,
  PUBLISHABLE_KEY,
  settings,
  WEBHOOK_SECRET,
  workers,
} from "../../testing/gateway/stack.ts";
import { Webhooks } from "../../testing/gateway/webhooks.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";

/** As in workers/tight.ts. */
const MAX_KEYS = 100;
const NEW_KEYS_PER_MINUTE = 150;
const KV_WRITES_PER_DAY = 20;

let origin: NodeOrigin;
let gateway: Gateway;

beforeAll(async () => {
  origin = await startNodeOrigin();
  // Each answer is different, to show which request it belongs to.
  let count = 0;
  origin.handle = (_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify([{ count: count++ }]));
  };
  gateway = await startGateway({ entry: workers.tight, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

const read = (target: string, client: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(gateway.url + target, { headers: { apikey: PUBLISHABLE_KEY, "cf-connecting-ip": client, ...headers } });

/** Makes this many reads, forty at a time; returns how often each status and Cache-Status was the answer. */
async function flood(count: number, target: (n: number) => string, client: (n: number) => string) {
  const answers = new Map<string, number>();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      const { status, cacheStatus } = await read(target(n), client(n));
      const what = `${status} ${cacheStatus.replace("; unproven", "")}`;
      answers.set(what, (answers.get(what) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 40 }, worker));
  return answers;
}

/** How many new keys one client may have made since then: a minute's worth at once, and what that time has brought. */
const allowedSince = (began: number) =>
  Math.ceil(NEW_KEYS_PER_MINUTE * (1 + (performance.now() - began) / 60_000));

const stats = async () => (await askAdmin(gateway.url, "stats")).json;

it("I11. one client's queries beyond its allowance of new keys go to the origin", async () => {
  const began = performance.now();
  const answers = await flood(
    1_500,
    (n) => `/rest/v1/tags?select=id&id=eq.${n}`,
    () => "203.0.113.1",
  );
  expect([...answers.keys()].filter((what) => !what.startsWith("200 "))).toEqual([]);
  const allowed = allowedSince(began);
  expect(answers.get("200 tidemark; fwd=bypass; detail=budget")).toBeGreaterThanOrEqual(1_500 - allowed);
  const { fills, keys } = await stats();
  expect(fills).toBeGreaterThanOrEqual(NEW_KEYS_PER_MINUTE);
  expect(fills).toBeLessThanOrEqual(allowed);
  expect(keys).toBeLessThanOrEqual(MAX_KEYS);
});

it("I11. another client is not held back by that, but a client that claims other addresses is", async () => {
  expect((await read("/rest/v1/tags?select=name&id=eq.1", "198.51.100.7")).cacheStatus).toMatch(/; stored/);
  const claims = {
    "x-forwarded-for": "198.51.100.8",
    "x-real-ip": "198.51.100.9",
    forwarded: "for=198.51.100.1",
  };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      read(`/rest/v1/tags?select=name,id&id=eq.${n}`, "203.0.113.1", claims),
    ),
  );
  expect(answers.some(({ cacheStatus }) => cacheStatus.includes("detail=budget"))).toBe(true);
});

it("I11. all addresses of one IPv6 network are one client", async () => {
  const before = (await stats()).fills;
  const began = performance.now();
  await flood(
    1_000,
    (n) => `/rest/v1/tags?select=id,name&id=eq.${n}`,
    (n) => `2001:db8:1:2::${(n % 64).toString(16)}`,
  );
  expect((await stats()).fills - before).toBeLessThanOrEqual(allowedSince(began));
});

it("I11. from many clients the registry and KV stay bounded", async () => {
  const answers = await flood(
    1_000,
    (n) => `/rest/v1/movies?select=id&id=eq.${n % 500}`,
    (n) => `192.0.2.${n % 250}`,
  );
  expect([...answers.keys()].filter((what) => !what.startsWith("200 "))).toEqual([]);
  const { keys, evictions, kvWrites, owedKvWrites } = await stats();
  expect(keys).toBeLessThanOrEqual(MAX_KEYS);
  expect(evictions).toBeGreaterThan(300);
  expect(kvWrites + owedKvWrites).toBeLessThanOrEqual(KV_WRITES_PER_DAY);
});

it("I11. evicting a key invalidates it", async () => {
  const target = "/rest/v1/authors?select=id&id=eq.1";
  const first = await read(target, "198.51.100.20");
  await flood(
    400,
    (n) => `/rest/v1/movies?select=title&id=eq.${n}`,
    (n) => `192.88.99.${n % 250}`,
  );
  const webhooks = new Webhooks(gateway.url, WEBHOOK_SECRET);
  const change = {
    type: "UPDATE",
    schema: "public",
    table: "authors",
    record: { id: 1 },
    old_record: { id: 1 },
  };
  expect(await webhooks.send(JSON.stringify(change))).toBe(200);
  const after = await read(target, "198.51.100.20", { "cache-control": "no-cache" });
  expect(after.json[0].count).toBeGreaterThan(first.json[0].count);
});

it("I11. what cannot be cached creates no keys", async () => {
  const before = (await stats()).keys;
  await flood(
    300,
    (n) => `/rest/v1/articles?id=eq.1&unknown${n}=resembles.7`,
    (n) => `198.18.0.${n % 200}`,
  );
  await flood(
    300,
    (n) => `/rest/v1/nowhere?id=eq.${n}`,
    (n) => `198.18.0.${n % 200}`,
  );
  expect((await stats()).keys).toBe(before);
});

it("afterwards normal keys work", async () => {
  const target = "/rest/v1/articles?select=id,title&order=id&limit=2";
  const first = await read(target, "198.51.100.30");
  expect(first.cacheStatus).toMatch(/; stored/);
  const second = await read(target, "198.51.100.30");
  expect(second.cacheStatus).toMatch(/; hit/);
  expect(second.body.equals(first.body)).toBe(true);
});
