import { describe, expect, it } from "vitest";
import { BucketFence } from "../../fence/bucket-fence.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import type { StoredResponse } from "../protocol/entry.ts";
import { bucketsOf } from "../protocol/names.ts";
import { AUTHORS, changeOf, entryOf, FOOTPRINTS, readOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { API_RELOAD_NOTED_EVERY_MS } from "./api-reload.ts";

const A = readOf("a");
const OTHER = { ...FOOTPRINTS, version: "other" };
const RELOAD_MS = 2 * API_RELOAD_NOTED_EVERY_MS;

/** Whether an isolate that knows everything the keeper knows would accept the entry. */
async function isAccepted(keeper: ReturnType<Rig["start"]>, key: string, entry: StoredResponse) {
  const fence = BucketFence.merge(null, null, await sync(keeper), 0);
  if (!fence) throw new Error("there is no fence");
  return fence.accepts({ ...entry, buckets: bucketsOf(key, entry) });
}

describe("another description of the database", () => {
  it(
    "I7. starts another generation, whose floor refuses all earlier entries and which has none of their keys",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { entry } = entryOf(await rig.filled(keeper, A, "body"));
      const before = await sync(keeper);
      keeper.adopt(OTHER);
      const after = await sync(keeper, { since: before.position });
      expect(after.position.generation).not.toBe(before.position.generation);
      expect([after.full, after.floor > entry.mark]).toEqual([true, true]);
      expect((await keeper.stats(null)).keys).toBe(0);
      expect(await fill(keeper, A, { at: before.position })).toMatchObject({ reason: "generation" });
      // The next instance has it too.
      rig.footprints = OTHER;
      expect((await sync(rig.start())).position).toEqual(after.position);
    }),
  );

  it(
    "I2. leaves a flight to the callers that already wait for it, even if the change is reverted",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const waiting = fill(keeper, A);
      await settle();
      const before = (await keeper.stats(null)).position;
      keeper.adopt(OTHER);
      keeper.adopt(FOOTPRINTS);
      expect((await keeper.stats(null)).position.generation).toBe(before.generation);
      // 3. One flight at a time: a caller that comes now gets the next one.
      const next = fill(keeper, A);
      await settle();
      expect(rig.origin.asked).toHaveLength(1);
      await rig.origin.answer("old");
      expect(entryOf(await waiting)).toMatchObject({ text: "old" });
      expect(await isAccepted(keeper, A.key, entryOf(await waiting).entry)).toBe(false);
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("new");
      expect(entryOf(await next)).toMatchObject({ text: "new" });
      expect(await isAccepted(keeper, A.key, entryOf(await next).entry)).toBe(true);
      expect((await keeper.ingest([changeOf()])).affected).toBe(1);
    }),
  );

  it(
    "I2. stores nothing of a flight that was waiting for its place: no change would find its key",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const many = Array.from({ length: 64 }, (_, n) =>
        fill(keeper, readOf(`other${n}`), { client: `other${n}` }),
      );
      await settle();
      const queued = fill(keeper, A);
      await settle();
      keeper.adopt(OTHER);
      keeper.adopt(FOOTPRINTS);
      for (const { answer } of rig.origin.asked) answer("other");
      await Promise.all(many);
      await settle();
      await rig.origin.answer("late");
      const { entry, text } = entryOf(await queued);
      expect([text, await isAccepted(keeper, A.key, entry)]).toEqual(["late", false]);
      fill(keeper, A, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(66);
    }),
  );

  it(
    "I4. drops what was owed to KV",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, A, "body");
      await fill(keeper, A, { client: "another" });
      expect((await keeper.stats(null)).owedKvWrites).toBe(1);
      keeper.adopt(OTHER);
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
    }),
  );
});

describe("while the API may still answer by its old schema", () => {
  const start = (rig: Rig) => {
    rig.schemaReloadMs = RELOAD_MS;
    return rig.start();
  };

  it(
    "I2. a change invalidates an answer from before that, which isolates go on accepting",
    onStorage(async (rig) => {
      const keeper = start(rig);
      const { entry } = entryOf(await rig.filled(keeper, A, "before"));
      keeper.adopt(FOOTPRINTS);
      await rig.filled(keeper, A, "meanwhile");
      expect(await isAccepted(keeper, A.key, entry)).toBe(true);
      await keeper.ingest([changeOf()]);
      expect(await isAccepted(keeper, A.key, entry)).toBe(false);
    }),
  );

  it(
    "I1. answers are proven by their age only, and are refilled afterwards",
    onStorage(async (rig) => {
      const keeper = start(rig);
      keeper.adopt(FOOTPRINTS);
      const { entry } = entryOf(await rig.filled(keeper, A, "old"));
      expect(await isAccepted(keeper, A.key, entry)).toBe(false);
      // It is young enough to serve.
      await rig.clock.advance(10);
      expect(entryOf(await fill(keeper, A, { boundMs: 1_000 }))).toMatchObject({
        ...{ source: "stored", age: 10, accepted: false },
      });
      // Its mark does not prove it.
      fill(keeper, A, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("still old");
      expect((await keeper.stats(null)).owedKvWrites).toBe(0);
      expect((await keeper.stats(null)).byAgeForMs).toBeGreaterThan(0);

      await rig.clock.advance(RELOAD_MS);
      expect((await keeper.stats(null)).byAgeForMs).toBe(0);
      const kept = fill(keeper, A, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(3);
      await rig.origin.answer("new");
      const { entry: told } = entryOf(await kept);
      expect(await isAccepted(keeper, A.key, told)).toBe(true);
      expect(await isAccepted(keeper, A.key, entry)).toBe(false);
      expect(await fill(keeper, A, { have: told })).toMatchObject({ kind: "good" });
    }),
  );

  it(
    "I1. a caller that joins a flight learns its age; a flight that lands afterwards is never stored",
    onStorage(async (rig) => {
      const keeper = start(rig);
      keeper.adopt(FOOTPRINTS);
      await rig.clock.advance(RELOAD_MS - 100);
      const first = fill(keeper, A);
      await rig.clock.advance(10);
      const joined = fill(keeper, A);
      await rig.clock.advance(100);
      await rig.origin.answer("old");
      expect(entryOf(await joined)).toMatchObject({ source: "joined", age: 10, accepted: false });
      expect(await isAccepted(keeper, A.key, entryOf(await first).entry)).toBe(false);
      fill(keeper, A, { have: entryOf(await first).entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I1. an answer requested before the change is not accepted after it",
    onStorage(async (rig) => {
      const keeper = start(rig);
      const waiting = fill(keeper, A);
      await settle();
      keeper.adopt(OTHER);
      await rig.origin.answer("old");
      const { entry } = entryOf(await waiting);
      await rig.clock.advance(RELOAD_MS);
      expect(await isAccepted(keeper, A.key, entry)).toBe(false);
    }),
  );

  it(
    "I1. another change restarts the period",
    onStorage(async (rig) => {
      const keeper = start(rig);
      keeper.adopt(FOOTPRINTS);
      await rig.clock.advance(RELOAD_MS - 1);
      keeper.adopt(OTHER);
      await rig.clock.advance(RELOAD_MS - 1);
      expect((await keeper.stats(null)).byAgeForMs).toBeGreaterThan(0);
      await rig.clock.advance(1);
      expect((await keeper.stats(null)).byAgeForMs).toBe(0);
    }),
  );

  it(
    "I4. an instance that ends leaves the rest of the period to the next, whatever their clocks say",
    onStorage(async (rig) => {
      const first = start(rig);
      first.adopt(FOOTPRINTS);
      await rig.clock.advance(API_RELOAD_NOTED_EVERY_MS + 1);
      for (const step of [3_600_000, -7_200_000]) {
        rig.clock.step(step);
        const next = start(rig);
        expect((await next.stats(null)).byAgeForMs).toBe(RELOAD_MS - API_RELOAD_NOTED_EVERY_MS);
        const { entry } = entryOf(await rig.filled(next, readOf(`a${step}`), "old"));
        expect(await isAccepted(next, `a${step}`, entry)).toBe(false);
      }
    }),
  );

  it(
    "I4. a shorter setting shortens the period, and what was filled meanwhile is dropped",
    onStorage(async (rig) => {
      const first = start(rig);
      first.adopt(FOOTPRINTS);
      const { entry } = entryOf(await rig.filled(first, A, "old"));
      rig.schemaReloadMs = 0;
      const next = rig.start();
      expect((await next.stats(null)).byAgeForMs).toBe(0);
      fill(next, A, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I7. a page's window is not kept beyond the period: it may hold other rows by then",
    onStorage(async (rig) => {
      const keeper = start(rig);
      keeper.adopt(FOOTPRINTS);
      await rig.filled(keeper, A, "old");
      await rig.clock.advance(RELOAD_MS);
      expect(await keeper.explain(A, null)).toMatchObject({ windowKnown: false, byAgeForMs: 0 });
      await rig.filled(keeper, readOf("b", AUTHORS), "b");
      expect((await keeper.ingest([changeOf()])).affected).toBe(1);
    }),
  );
});
