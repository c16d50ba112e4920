import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { bucketOf, keyName } from "../protocol/names.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "../testing/fixtures.ts";
import { fill, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const read = readOf("a");

describe("a fill", () => {
  it(
    "I2. notes its mark before the origin is asked: a change during a first fill is not lost (P7)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const asked = fill(keeper, read);
      await settle();
      const { affected, position } = await keeper.ingest([changeOf()]);
      expect(affected).toBe(1);
      await rig.origin.answer("old");
      const { entry } = entryOf(await asked);
      expect(entry.mark).toBeLessThan(position.mark);
      const fence = await sync(keeper);
      expect(fence.raised.get(bucketOf(keyName("a")))).toBe(position.mark);
      const again = fill(keeper, read, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("new");
      expect(entryOf(await again).text).toBe("new");
    }),
  );

  it(
    "I2. a change during a refill is not lost",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "one");
      await keeper.ingest([changeOf()]);
      const refill = fill(keeper, read, { priority: "refresh" });
      await settle();
      const { position } = await keeper.ingest([changeOf()]);
      await rig.origin.answer("two");
      const { entry } = entryOf(await refill);
      expect(entry.mark).toBeLessThan(position.mark);
      const next = fill(keeper, read, { have: entry });
      await settle();
      await rig.origin.answer("three");
      expect(entryOf(await next).text).toBe("three");
    }),
  );

  it(
    "I2. has no mark while it waits for its place: it notes mark and begin when it asks the origin (P7)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (let other = 0; other < 64; other++)
        fill(keeper, readOf(`other${other}`, AUTHORS), { client: `other${other}` });
      await settle();
      const asked = fill(keeper, read);
      await settle();
      expect(rig.origin.asked).toHaveLength(64);
      const { position } = await keeper.ingest([changeOf()]);
      rig.origin.asked[0]?.answer("other");
      await settle();
      await rig.origin.answer("mine");
      const { entry } = entryOf(await asked);
      expect(entry.mark).toBe(position.mark);
    }),
  );

  it(
    "I10. that joins a refresh still waiting for its place makes it a miss, which runs before refreshes",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (let n = 0; n < 33; n++) fill(keeper, readOf(`k${n}`, AUTHORS), { priority: "refresh" });
      await settle();
      expect(rig.origin.asked).toHaveLength(32);
      fill(keeper, readOf("k32", AUTHORS), { priority: "miss" });
      await settle();
      expect(rig.origin.asked).toHaveLength(33);
    }),
  );

  it(
    "I3. of 500 at once, cold, asks the origin once",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const asked = Array.from({ length: 500 }, () => fill(keeper, read));
      await settle();
      expect(rig.origin.asked).toHaveLength(1);
      await rig.origin.answer("body");
      const answers = (await Promise.all(asked)).map(entryOf);
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(["body"]));
      expect(answers.filter(({ source }) => source === "flight")).toHaveLength(1);
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I3. after an invalidation has one successor, which later callers join",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const first = fill(keeper, read);
      await settle();
      await keeper.ingest([changeOf()]);
      const later = [fill(keeper, read), fill(keeper, read), fill(keeper, read)];
      await settle();
      expect(rig.origin.asked).toHaveLength(1);
      await keeper.ingest([changeOf()]);
      later.push(fill(keeper, read));
      await settle();
      await rig.origin.answer("before");
      expect(entryOf(await first).text).toBe("before");
      expect(rig.origin.asked).toHaveLength(2);
      const { position } = await keeper.stats(null);
      await rig.origin.answer("after");
      for (const answer of await Promise.all(later)) {
        expect(entryOf(answer)).toMatchObject({ text: "after", entry: { mark: position.mark } });
      }
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I2. a late caller does not join an invalidated flight that its bound does not cover (P14)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await rig.clock.advance(500);
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(500);
      const late = fill(keeper, read, { boundMs: 999 });
      await settle();
      await rig.origin.answer("old");
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("new");
      expect(entryOf(await late).text).toBe("new");
    }),
  );

  it(
    "I3. a caller whose bound covers the begin joins even after an invalidation, and learns the age (P14)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await rig.clock.advance(1_000);
      await keeper.ingest([changeOf()]);
      const late = fill(keeper, read, { boundMs: 5_000 });
      await settle();
      await rig.clock.advance(300);
      await rig.origin.answer("body");
      expect(entryOf(await late)).toMatchObject({
        text: "body",
        source: "joined",
        age: 1_000,
        accepted: false,
      });
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I6. a caller with a token above the flight's mark waits for the successor (P14)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      const { position } = await keeper.ingest([changeOf()]);
      const late = fill(keeper, read, { boundMs: 60_000, token: position });
      await settle();
      await rig.origin.answer("without my write");
      await rig.origin.answer("with my write");
      expect(entryOf(await late).text).toBe("with my write");
    }),
  );

  it(
    "I1. a caller that joins a flight that nothing has invalidated is proven as of its arrival",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await rig.clock.advance(3_000);
      const late = fill(keeper, read);
      await settle();
      await keeper.ingest([changeOf()]);
      await rig.origin.answer("body");
      expect(entryOf(await late)).toMatchObject({ source: "joined", age: 0, accepted: true });
    }),
  );

  it(
    "I1. a strict caller does not join a flight of the same millisecond that a change has overtaken (P14)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await keeper.ingest([changeOf()]);
      const strict = fill(keeper, read, { boundMs: 0 });
      await settle();
      await rig.origin.answer("old");
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("new");
      expect(entryOf(await strict).text).toBe("new");
    }),
  );
});
