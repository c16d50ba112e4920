import { afterAll, beforeAll, expect, test } from "vitest";
import { settle, VirtualClock } from "../../runtime/virtual-clock.ts";
import { createCache } from "../create.ts";
import { counter } from "../testing/laboratory.ts";
import { type Isolates, isolates } from "../testing/miniflare.ts";

// Every value is stale at once, and a load ends long after the response that would be given without it.

const WORKER = /* ts */ `
import { createCache } from "tidemark";

let begun = 0;
let ended = 0;

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/loads") return Response.json({ begun, ended });
    const load = async () => {
      const n = ++begun;
      await scheduler.wait(50);
      ended++;
      return "load " + n;
    };
    const options = { ttl: 0, staleWhileRevalidate: "1h" };
    return Response.json(await createCache({ kv: env.KV }).lookup(url.pathname, load, options));
  },
};
`;

let workers: Isolates;
beforeAll(async () => {
  workers = await isolates(["one"], WORKER);
});
afterAll(() => workers.dispose());

const ask = async (path: string) => (await workers.fetch("one", path)).json();

test("in workerd, each request of a stale entry reloads it to the end, though nothing was anchored", async () => {
  for (const n of [1, 2, 3]) expect(await ask("/k")).toMatchObject({ value: `load ${n}` });
  expect(await ask("/loads")).toEqual({ begun: 3, ended: 3 });
});

test("elsewhere, where promises outlive a response, a stale entry is served at once and reloaded", async () => {
  const clock = new VirtualClock();
  const cache = createCache({ clock });
  const { load, calls } = counter();
  const options = { ttl: "60s", staleWhileRevalidate: "1h", jitter: 0 };
  await cache.getOrSet("k", load, options);
  await clock.advance(61_000);
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v1", status: "stale" });
  await settle();
  expect(await cache.lookup("k", load, options)).toMatchObject({ value: "v2", status: "hit" });
  expect(calls()).toBe(2);
});
