import { describe, expect, it } from "vitest";
import { settle } from "../runtime/virtual-clock.ts";
import type { FillRequest } from "./protocol/fill.ts";
import { bucketOf, keyName } from "./protocol/names.ts";
import { withBound } from "./protocol/wire.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "./testing/fixtures.ts";
import { fill } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

const read = readOf("a");

/** Another key whose name shares this one's bucket. */
function neighbourOf(key: string): string {
  for (let n = 0; ; n++) if (bucketOf(keyName(`n${n}`)) === bucketOf(keyName(key))) return `n${n}`;
}

describe("an answer without the origin", () => {
  it(
    "I2. calls a bucket's neighbour still good, with the mark of the answering turn (P10)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const neighbour = readOf(neighbourOf("a"), AUTHORS);
      const { entry } = entryOf(await rig.filled(keeper, neighbour, "body"));
      await rig.filled(keeper, read, "a");
      const { position } = await keeper.ingest([changeOf()]);
      expect(await fill(keeper, neighbour, { have: entry })).toEqual({ kind: "good", position });
      expect(rig.origin.asked).toHaveLength(2);
      expect((await keeper.stats(null)).stillGood).toBe(1);
    }),
  );

  it(
    "I2. never calls an entry still good that a change has touched, under any of its names (P9)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const joined = readOf("joined", AUTHORS, "public.articles");
      const { entry } = entryOf(await rig.filled(keeper, joined, "one"));
      await keeper.ingest([changeOf()]);
      const first = fill(keeper, joined, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
      await rig.origin.answer("two");
      const second = entryOf(await first).entry;
      await keeper.purge({ table: "public.articles" });
      const again = fill(keeper, joined, { have: second });
      await settle();
      expect(rig.origin.asked).toHaveLength(3);
      await rig.origin.answer("three");
      const third = entryOf(await again).entry;
      await keeper.purge({ all: true });
      fill(keeper, joined, { have: third });
      await settle();
      expect(rig.origin.asked).toHaveLength(4);
    }),
  );

  it(
    "I2. is a recent valid body, with the current mark and the caller's fence as proof",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "body");
      await rig.filled(keeper, readOf("b", AUTHORS), "b");
      const { position } = await keeper.ingest([changeOf(AUTHORS)]);
      await rig.clock.advance(60_000);
      expect(entryOf(await fill(keeper, read))).toMatchObject({
        text: "body",
        source: "stored",
        age: null,
        accepted: true,
        entry: { mark: position.mark },
      });
    }),
  );

  it(
    "I1. is no body from before a change for an isolate of an earlier deployment, which sends no bound",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "body");
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(10);
      fill(keeper, read, withBound<Pick<FillRequest, "boundMs">>({}));
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I3. is a body whose fill began within the bound, with its own mark, whatever changed since (P12)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const asked = fill(keeper, read);
      await settle();
      await rig.clock.advance(2_000);
      await rig.origin.answer("body");
      const { entry } = entryOf(await asked);
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(2_000);
      expect(entryOf(await fill(keeper, read, { boundMs: 5_000 }))).toEqual({
        entry,
        text: "body",
        source: "stored",
        age: 4_000,
        accepted: false,
      });
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I1. is no body whose fill began before the bound, though it ended within it (P12)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read);
      await settle();
      await rig.clock.advance(2_000);
      await keeper.ingest([changeOf()]);
      await rig.origin.answer("old");
      await rig.clock.advance(1_000);
      fill(keeper, read, { boundMs: 2_500 });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I1. is no body of the same millisecond that a change has overtaken, for a bound of 0 (P12, P13)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "old");
      await keeper.ingest([changeOf()]);
      fill(keeper, read, { boundMs: 0 });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I1. is no body that only seems recent because the keeper's clock was set back (P12)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "old");
      await rig.clock.advance(30_000);
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(30_000);
      rig.clock.step(-3_600_000);
      fill(keeper, read, { boundMs: 10_000 });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I6. is no body below the reader's token (P12)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, read, "without my write");
      const { position } = await keeper.ingest([changeOf()]);
      fill(keeper, read, { boundMs: 60_000, token: position });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I1. is no body past its time to live",
    onStorage(async (rig) => {
      const keeper = rig.start({ table: { ttlMs: 30_000 } });
      await rig.filled(keeper, read, "body");
      await rig.clock.advance(29_999);
      expect(entryOf(await fill(keeper, read)).source).toBe("stored");
      await rig.clock.advance(1);
      fill(keeper, read);
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I2. is refused to a caller of another generation, with a higher mark or of another configuration (P4, P5)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { entry } = entryOf(await rig.filled(keeper, read, "body"));
      const { position } = await keeper.stats(null);
      const ahead = { ...position, mark: position.mark + 1 };
      const foreign = { ...position, generation: "another" };
      const have = entry;
      expect(await fill(keeper, read, { have, at: ahead })).toEqual({ kind: "refused", reason: "behind" });
      expect(await fill(keeper, read, { have, token: ahead })).toEqual({ kind: "refused", reason: "behind" });
      const refused = { kind: "refused", reason: "generation" };
      expect(await fill(keeper, read, { have, at: foreign })).toEqual(refused);
      expect(await fill(keeper, read, { have, token: foreign })).toEqual(refused);
      expect(await fill(keeper, read, { configHash: "another" })).toMatchObject({ reason: "configuration" });
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );

  it(
    "I2. does not call an entry of another generation still good, however high its mark (P4)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, read, { have: { generation: "another", mark: 1_000 } });
      await settle();
      expect(rig.origin.asked).toHaveLength(1);
    }),
  );
});
