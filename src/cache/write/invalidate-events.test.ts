import { expect, test } from "vitest";
import type { Cache } from "../cache.ts";
import type { CacheEvent } from "../entry/events.ts";
import { laboratory } from "../testing/laboratory.ts";

/** What was reported as invalidated by a call. */
async function reported(call: (cache: Cache) => Promise<unknown>, namespace?: string) {
  const events: CacheEvent[] = [];
  const { cache } = laboratory().isolate({ onEvent: (event) => void events.push(event) });
  const own = namespace === undefined ? cache : cache.namespace(namespace);
  await own.set("user:1", "v");
  await own.set("/odd", "v");
  events.length = 0;
  await call(own);
  return events.filter(({ type }) => type === "invalidate").map(({ type: _, ...what }) => what);
}

for (const namespace of [undefined, "tenant:1"])
  test.each<[string, (cache: Cache) => Promise<unknown>, object]>([
    ["delete", (cache) => cache.delete("user:1"), { keys: ["user:1"] }],
    ["delete of several", (cache) => cache.delete(["user:1", "/odd"]), { keys: ["user:1", "/odd"] }],
    ["deletePrefix", (cache) => cache.deletePrefix("user:"), { prefixes: ["user"] }],
    ["invalidateTags", (cache) => cache.invalidateTags(["posts", "/t"]), { tags: ["posts", "/t"] }],
    ["forget", (cache) => cache.forget(), { everything: true }],
    ["set", (cache) => cache.set("/odd", "v"), { keys: ["/odd"] }],
    ["revalidate", (cache) => cache.revalidate("user:1", () => 1), { keys: ["user:1"] }],
    ["erase", (cache) => cache.erase({ prefix: "user" }), { keys: ["user:1"] }],
    [
      "write",
      (cache) =>
        cache.write("user:1", () => 1, { invalidates: { keys: ["a"], tags: ["t"], prefixes: ["list:"] } }),
      { keys: ["user:1", "a"], tags: ["t"], prefixes: ["list"] },
    ],
  ])(`${namespace ?? "the root"}: %s is reported in the caller's own words`, async (_, call, what) => {
    expect(await reported(call, namespace)).toEqual([what]);
  });

test("a prefix in a write means the level that it names, with a colon behind it or not", async () => {
  for (const prefix of ["list", "list:"]) {
    const { cache } = laboratory().isolate();
    await cache.set("list:1", "old");
    await cache.write("k", () => 1, { invalidates: { prefixes: [prefix] } });
    expect(await cache.get("list:1")).toBeUndefined();
  }
});
