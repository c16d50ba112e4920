import { expect, test } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { gate, laboratory } from "../testing/laboratory.ts";

test("I3. concurrent calls share one load", async () => {
  const { isolate } = laboratory();
  const { cache, again } = isolate();
  const slow = gate<string>();
  const calls = [cache, again(), again()].flatMap((one) => [
    one.lookup("k", slow.load),
    one.lookup("k", slow.load),
  ]);
  await settle();
  slow.open("v");
  const answers = await Promise.all(calls);
  expect(answers.map((answer) => answer.value)).toEqual(Array(6).fill("v"));
  expect(slow.calls()).toBe(1);
  expect(cache.stats()).toMatchObject({ misses: 1, joined: 5, loads: 1 });
});

test("I3. concurrent calls share one load of a value that does not exist or is too large to store", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate({ maxValueLength: 10 });
  for (const value of [undefined, "more than ten characters"]) {
    const slow = gate<string | undefined>();
    const calls = Array.from({ length: 5 }, () => cache.getOrSet("k", slow.load));
    await settle();
    slow.open(value);
    expect(await Promise.all(calls)).toEqual(Array(5).fill(value));
    expect(slow.calls()).toBe(1);
  }
});

test("I10. a load that fails does not fail the calls that joined it: they load for themselves", async () => {
  const { isolate } = laboratory();
  const { cache } = isolate();
  const slow = gate<string>();
  const first = cache.getOrSet("k", slow.load);
  const failed = expect(first).rejects.toThrow("down");
  const others = [cache.getOrSet("k", slow.load), cache.getOrSet("k", slow.load)];
  await settle();
  slow.fail(new Error("down"));
  await failed;
  await settle();
  slow.open("v");
  expect(await Promise.all(others)).toEqual(["v", "v"]);
  expect(slow.calls()).toBe(2);
});

test("I10. a vanished leader blocks its key for at most five seconds", async () => {
  const { isolate, clock } = laboratory();
  const { cache, again } = isolate();
  // Its invocation was cancelled: the load never settles.
  void again().getOrSet("k", () => new Promise<string>(() => {}));
  await settle();
  const follower = cache.getOrSet("k", () => "v");
  await clock.advance(5_000);
  expect(await follower).toBe("v");
});

test.each(["delete", "set", "invalidateTags", "deletePrefix", "forget"] as const)(
  "I2. %s during a load: its value is neither stored nor given to later calls",
  async (way) => {
    const { isolate, store, background } = laboratory();
    const { cache, trace } = isolate();
    const slow = gate<string>();
    const options = { tags: ["t"] };
    const early = cache.getOrSet("a:b", slow.load, options);
    await settle();
    if (way === "delete") await cache.delete("a:b");
    if (way === "set") await cache.set("a:b", "set", options);
    if (way === "invalidateTags") await cache.invalidateTags("t");
    if (way === "deletePrefix") await cache.deletePrefix("a");
    if (way === "forget") await cache.forget();
    const late = cache.getOrSet("a:b", slow.load, options);
    await settle();
    slow.open("old");
    slow.open("new");
    expect(await early).toBe("old");
    const expected = way === "set" ? "set" : "new";
    expect(await late).toBe(expected);
    expect(trace).toContain("refuse invalidated-meanwhile a:b");
    await background();
    expect(await cache.get("a:b")).toBe(expected);
    expect(await store.get("tidemark:e:a:b")).toContain(`"${expected}"`);
  },
);

test("I2. a deletion while the value is on its way to the store removes it there too", async () => {
  const { store, ...lab } = laboratory();
  const puts = gate<void>();
  const slowPut = {
    ...store,
    put: async (...args: Parameters<typeof store.put>) => {
      await puts.load();
      await store.put(...args);
    },
  };
  const { isolate, background } = laboratory(slowPut);
  void lab;
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await cache.delete("k");
  puts.open();
  await background();
  expect(await store.get("tidemark:e:k")).toBeUndefined();
});

test("an entry that was deleted here is refused if the store still has it", async () => {
  const { isolate, store, background, clock } = laboratory();
  const { cache } = isolate();
  await cache.getOrSet("k", () => "old");
  await background();
  const before = await store.get("tidemark:e:k");
  await clock.advance(30_000);
  await cache.delete("k");
  await store.put("tidemark:e:k", before ?? "", 300); // KV may show it for another minute
  expect(await cache.getOrSet("k", () => "new")).toBe("new");
});

test("I2. while the clock stands still, events of one millisecond keep their order", async () => {
  const { isolate, background } = laboratory();
  const { cache } = isolate();
  for (let round = 0; round < 3; round++) {
    await cache.getOrSet("k", () => `old ${round}`);
    await cache.delete("k");
    expect(await cache.get("k")).toBeUndefined();
    await cache.set("k", `set ${round}`);
    expect(await cache.get("k")).toBe(`set ${round}`);
    await background();
    expect(await isolate().cache.get("k")).toBe(`set ${round}`);
    await cache.deletePrefix("k");
  }
});
