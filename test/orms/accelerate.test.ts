import { afterAll, expect, test } from "vitest";
import { startWorker } from "./start-worker.ts";

// The scenarios are in workers/prisma/accelerate.ts.

const worker = await startWorker("prisma/accelerate");
afterAll(() => worker.dispose());
const run = <T = unknown>(scenario: string) => worker.get<T>(scenario);

test("a read with a ttl is answered without a statement when it is asked again, relations and all", async () => {
  // One of them asks which database this is, and for its views: once for each map.
  expect(await run("ttl")).toEqual({ sent: [3, 0], same: true });
});

// Before any scenario that writes: for a second this isolate is given nothing that may be older than its own write (I6).
test("swr alone serves what it has, and loads it again behind", async () => {
  expect(await run("swr")).toEqual({ statuses: ["miss", "swr"], name: "Ann", isLoadedAgain: true });
});

test("a read without a strategy asks each time", async () => {
  expect(await run("withoutStrategy")).toEqual([1, 1]);
});

test("unlike with Accelerate, a change shows although the ttl is not over, by another writer or its own", async () => {
  expect(await run("changes")).toEqual([0, 1, "EDITOR"]);
});

test("invalidate forgets what has the tag, invalidateAll everything", async () => {
  expect(await run("tags")).toEqual({ one: [1, 0], all: [1, 1] });
});

test("a hit inside a transaction does not hang it: its reads are sent", async () => {
  expect(await run("transaction")).toEqual({ same: true, sent: 2 });
});

test("withAccelerateInfo says where an answer came from, and how old it is", async () => {
  expect(await run("info")).toEqual({
    statuses: ["miss", "ttl", "none"],
    loadedBetween: true,
    signature: true,
  });
});
