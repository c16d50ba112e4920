import { expect, test } from "vitest";
import { counter, laboratory } from "../testing/laboratory.ts";

test("I8. a key of a private kind without its user is not cached", async () => {
  const { isolate } = laboratory();
  const { cache, trace } = isolate({ kinds: { orders: { private: true } } });
  const { load } = counter();
  expect(await cache.lookup("orders:open", load)).toMatchObject({ value: "v1", status: "bypass" });
  expect(await cache.lookup("orders:open", load)).toMatchObject({ value: "v2", status: "bypass" });
  expect(await cache.set("orders:open", "v")).toBe(false);
  expect(trace).toContain("refuse private-without-user orders:open");
  expect(await cache.lookup("orders:@ann:open", load)).toMatchObject({ value: "v3", status: "miss" });
  expect(await cache.lookup("orders:@ann:open", load)).toMatchObject({ value: "v3", status: "hit" });
});

test("kinds preset the options of their keys, and a call's options win", async () => {
  const { isolate, clock } = laboratory();
  const { cache } = isolate({ ttl: "1h", kinds: { config: { ttl: "10s" } } });
  await cache.set("other", 1);
  await cache.set("config:a", 1);
  await cache.set("config:b", 1, { ttl: "1h" });
  await clock.advance(10_000);
  expect(await Promise.all(["other", "config:a", "config:b"].map((one) => cache.has(one)))).toEqual([
    true,
    false,
    true,
  ]);
});
