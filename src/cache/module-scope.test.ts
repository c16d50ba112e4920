import { afterAll, beforeAll, expect, test } from "vitest";
import { type Isolates, isolates } from "./testing/miniflare.ts";

// A cache created at module scope: in workerd that is before any request, without clock or randomness.

const WORKER = /* ts */ `
import { env, waitUntil } from "cloudflare:workers";
import { createCache } from "tidemark";

const cache = createCache({ kv: env.KV, ctx: { waitUntil } });
let loads = 0;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/loads") return Response.json(loads);
    if (url.pathname === "/inKv") return Response.json((await env.KV.list()).keys.length);
    const value = await cache.getOrSet(url.pathname, async () => {
      const n = ++loads;
      await scheduler.wait(Number(url.searchParams.get("takes") ?? 0));
      return "load " + n;
    });
    return Response.json({ value, isolate: cache.stats().sets });
  },
};
`;

let workers: Isolates;
beforeAll(async () => {
  workers = await isolates(["one", "two"], WORKER);
});
afterAll(() => workers.dispose());

const read = async (name: string, path: string) =>
  (await (await workers.fetch(name, path)).json()) as { value: string };

test("it serves all requests of the isolate, and other isolates through the store", async () => {
  expect(await read("one", "/k")).toMatchObject({ value: "load 1" });
  expect(await read("one", "/k")).toMatchObject({ value: "load 1" });
  await expect.poll(async () => (await workers.fetch("one", "/inKv")).json()).toBe(1);
  expect(await read("two", "/k")).toMatchObject({ value: "load 1" });
  expect(await (await workers.fetch("two", "/loads")).json()).toBe(0);
});

test("I10. the runtime's own waitUntil anchors a leader that is cancelled", async () => {
  const gone = workers.fetch("one", "/cancelled?takes=300&cancel=50");
  await expect.poll(async () => (await workers.fetch("one", "/loads")).json()).toBe(2);
  const others = await Promise.all(Array.from({ length: 5 }, () => read("one", "/cancelled?takes=300")));
  expect((await gone).status).toBe(499);
  expect(new Set(others.map(({ value }) => value)).size).toBe(1);
  expect(await (await workers.fetch("one", "/loads")).json()).toBe(2);
});
