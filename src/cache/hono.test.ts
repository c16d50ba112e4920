import { Hono } from "hono";
import { expect, expectTypeOf, test } from "vitest";
import { type CacheVariables, cacheOf, withCache } from "./hono.ts";
import { memoryStore } from "./stores/memory-store.ts";

const ctxOf = (work: Promise<unknown>[]) => ({
  waitUntil: (promise: Promise<unknown>) => void work.push(promise),
  passThroughOnException: () => {},
  props: {},
});

test("each request has a cache with its own waitUntil, and all share the isolate's memory", async () => {
  const store = memoryStore();
  let loads = 0;
  const app = new Hono<{ Variables: CacheVariables }>()
    .use(withCache(() => ({ store })))
    .get("/", async (c) => c.json(await c.var.cache.getOrSet("k", () => ++loads)));
  const work: Promise<unknown>[] = [];
  expect(await (await app.request("/", {}, {}, ctxOf(work))).json()).toBe(1);
  expect(work.length).toBeGreaterThan(0);
  expect(await (await app.request("/", {}, {}, ctxOf([]))).json()).toBe(1);
});

test("it also works without an execution context", async () => {
  const store = memoryStore();
  const app = new Hono().get("/", async (c) => c.json(await cacheOf(c, { store }).getOrSet("k", () => "v")));
  expect(await (await app.request("/")).json()).toBe("v");
  expect(await store.get("tidemark:e:k")).toContain('"v"'); // waited for, as nothing else would
});

test("with a codec, handlers get values as the codec makes them", async () => {
  const codec = {
    encode: (value: unknown) => (value as Date).toISOString(),
    decode: (text: string) => new Date(text),
  };
  type App = { Variables: CacheVariables<"codec"> };
  const app = new Hono<App>().use(withCache<App, "codec">(() => ({ codec }))).get("/", async (c) => {
    const at = await c.var.cache.getOrSet("k", () => new Date(0));
    expectTypeOf(at).toEqualTypeOf<Date>();
    return c.json(at.getTime());
  });
  expect(await (await app.request("/")).json()).toBe(0);
});
