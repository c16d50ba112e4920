import { describe, expect, it } from "vitest";
import { settle } from "../runtime/virtual-clock.ts";
import type { Keeper } from "./keeper.ts";
import { ARTICLES, changeOf, entryOf, readOf, responseOf } from "./testing/fixtures.ts";
import { fill, type Rig, sync, TABLE } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

const read = readOf("a");

async function readAgain(keeper: Keeper, ...keysRead: string[]): Promise<void> {
  const none = { hits: 0, stale: 0, misses: 0, bypasses: 0, errors: 0, originRequests: 0 };
  const counts = { ...none, kvReads: 0, shadowReads: 0, shadowWrong: 0 };
  await sync(keeper, { report: { counts, keysRead } });
}

describe("a cap", () => {
  it(
    "I11. on the registry evicts keys that were read once first, and among those the least recently read",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 4 } });
      for (const key of ["a", "b", "c", "d"]) {
        await rig.filled(keeper, readOf(key), key);
        await rig.clock.advance(1);
      }
      await readAgain(keeper, "a");
      await rig.filled(keeper, readOf("e"), "e");
      const { entries } = await keeper.entries({ prefix: "", cursor: null, limit: 10 });
      expect(entries.map(({ key }) => key)).toEqual(["a", "c", "d", "e"]);
      expect(await keeper.stats(null)).toMatchObject({ keys: 4, evictions: 1 });
    }),
  );

  it(
    "I11. on the registry holds even though keys in flight may not be evicted",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 10 } });
      const asked = Array.from({ length: 30 }, (_, n) => fill(keeper, readOf(`k${n}`)));
      await settle();
      expect((await keeper.stats(null)).keys).toBe(10);
      for (const { answer } of rig.origin.asked) answer("body");
      const answers = await Promise.all(asked);
      expect(answers.filter(({ kind }) => kind === "entry")).toHaveLength(10);
      expect(answers.filter((answer) => answer.kind === "direct" && answer.reason === "budget")).toHaveLength(
        20,
      );
    }),
  );

  it(
    "I11. on one client's new keys leaves other clients and known keys alone, and recovers over time",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { newKeysPerClientPerMinute: 2 } });
      const budget = { kind: "direct", reason: "budget" };
      for (const key of ["a", "b"]) await rig.filled(keeper, readOf(key), key, { client: "greedy" });
      expect(await fill(keeper, readOf("c"), { client: "greedy" })).toEqual(budget);
      expect((await keeper.stats(null)).keys).toBe(2);
      expect(entryOf(await fill(keeper, readOf("a"), { client: "greedy" })).text).toBe("a");
      const other = await rig.filled(keeper, readOf("c"), "c", { client: "modest" });
      expect(entryOf(other).text).toBe("c");
      await rig.clock.advance(30_000);
      const healed = await rig.filled(keeper, readOf("d"), "d", { client: "greedy" });
      expect(entryOf(healed).text).toBe("d");
      expect(await fill(keeper, readOf("e"), { client: "greedy" })).toEqual(budget);
    }),
  );
});

describe("a refill", () => {
  /** A filled key that was read and then changed. */
  async function changed(rig: Rig, keeper: Keeper, readSince: boolean): Promise<void> {
    await rig.filled(keeper, read, "one");
    if (readSince) await readAgain(keeper, "a");
    await rig.clock.advance(2_000);
    await keeper.ingest([changeOf()]);
    await settle();
  }

  it(
    "I3. starts by itself for a key read since its last fill, no sooner than its bound after that fill",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await changed(rig, keeper, true);
      await rig.clock.advance(TABLE.freshnessMs - 2_001);
      expect(rig.origin.asked).toHaveLength(1);
      await rig.clock.advance(1);
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("two");
      expect(entryOf(await fill(keeper, read)).text).toBe("two");
    }),
  );

  it(
    "I3. does not start for a key that was not read since its fill",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await changed(rig, keeper, false);
      await rig.clock.advance(60_000);
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I3. does not start with a bound of 0: after each change a reader must ask first",
    onStorage(async (rig) => {
      const keeper = rig.start({ table: { freshnessMs: 0 } });
      await changed(rig, keeper, true);
      await rig.clock.advance(60_000);
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I3. does not start if a reader has caused a fill meanwhile",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await changed(rig, keeper, true);
      await rig.filled(keeper, read, "two");
      await rig.clock.advance(60_000);
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I11. stays inside its budget",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { refillsPerMinute: 3 } });
      const keys = Array.from({ length: 10 }, (_, n) => `k${n}`);
      for (const key of keys) await rig.filled(keeper, readOf(key), key);
      await readAgain(keeper, ...keys);
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(TABLE.freshnessMs);
      expect(rig.origin.asked.length - keys.length).toBe(3);
    }),
  );

  it(
    "I2. does not start for an evicted key, and one that fails leaves the key as it was",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 1 } });
      await changed(rig, keeper, true);
      await rig.filled(keeper, readOf("b", "public.authors"), "b");
      await rig.clock.advance(60_000);
      expect(rig.origin.asked).toHaveLength(2);
      const failing = rig.start();
      await rig.filled(failing, readOf("c", ARTICLES), "c");
      await readAgain(failing, "c");
      await failing.ingest([changeOf()]);
      await rig.clock.advance(TABLE.freshnessMs);
      await rig.origin.answer(responseOf("down", 503));
      const next = fill(failing, readOf("c", ARTICLES));
      await settle();
      await rig.origin.answer("up");
      expect(entryOf(await next).text).toBe("up");
    }),
  );
});
