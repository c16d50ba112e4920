import { expect, test } from "vitest";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { cacheCases, storeCases } from "../test-suite/test-suite.ts";
import { memoryStore } from "./memory-store.ts";

for (const { name, run } of [...storeCases, ...cacheCases]) {
  test(`memory store: ${name}`, () => run(memoryStore()));
}

for (const { name, run } of cacheCases) {
  test(`a store of three methods: ${name}`, () => {
    const { get, put, delete: remove } = memoryStore();
    return run({ get, put, delete: remove });
  });
}

test("values are dropped when they expire", async () => {
  const clock = new VirtualClock();
  const store = memoryStore(clock);
  await store.put("k", "v", 10);
  await clock.advance(9_999);
  expect(await store.get("k")).toBe("v");
  await clock.advance(1);
  expect(await store.get("k")).toBeUndefined();
});

test("the suite finds a store's fault", async () => {
  const forgetful = { ...memoryStore(), delete: async () => {} };
  const results = await Promise.allSettled(storeCases.map(({ run }) => run(forgetful)));
  const failed = storeCases
    .filter((_, index) => results[index]?.status === "rejected")
    .map(({ name }) => name);
  expect(failed).toEqual(["a deleted key has no value, and deleting an absent one is no error"]);
});
