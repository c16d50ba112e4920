import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Keeper } from "../keeper.ts";
import type { Purge } from "../protocol/admin.ts";
import { bucketOf, keyName, relationName, UNWATCHED_BUCKET } from "../protocol/names.ts";
import { ARTICLES, AUTHORS, changeOf, entryOf, flushOf, readOf, relationsOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { KEYS_RAISED_ONE_BY_ONE } from "./ingest.ts";

const [a, b] = [readOf("a"), readOf("b", AUTHORS)];

/** Whether a fence that has all marks accepts an entry with this mark. */
async function accepts(keeper: Keeper, read: typeof a, mark: number): Promise<boolean> {
  const { raised, floor } = await sync(keeper);
  const names = [keyName(read.key), ...relationsOf(read.asked).map(relationName)];
  return mark >= floor && names.every((name) => mark >= (raised.get(bucketOf(name)) ?? 0));
}

async function filledMark(rig: Rig, keeper: Keeper, read: typeof a): Promise<number> {
  return entryOf(await rig.filled(keeper, read, read.key)).entry.mark;
}

describe("marks", () => {
  it(
    "I2. rise by one with every ingest that touches a key, and with no other",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "a");
      const { position } = await keeper.stats(null);
      expect((await keeper.ingest([changeOf(AUTHORS)])).position).toEqual(position);
      const both = await keeper.ingest([changeOf(), changeOf()]);
      expect(both).toEqual({ affected: 1, position: { ...position, mark: position.mark + 1 }, unknown: [] });
    }),
  );

  it(
    "I2. refuse what a change touches and nothing else",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const marks = [await filledMark(rig, keeper, a), await filledMark(rig, keeper, b)] as const;
      await keeper.ingest([changeOf(AUTHORS)]);
      expect(await accepts(keeper, a, marks[0])).toBe(true);
      expect(await accepts(keeper, b, marks[1])).toBe(false);
    }),
  );

  it(
    "I2. rise for a flush of a relation even if no known key depends on it",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { position } = await keeper.stats(null);
      expect((await keeper.ingest([flushOf()])).position.mark).toBe(position.mark + 1);
      expect(await accepts(keeper, a, position.mark)).toBe(false);
    }),
  );

  it(
    "I2. of very many keys at once are raised under their relation's name, in few rows",
    onStorage(async (rig, sql) => {
      const keeper = rig.start();
      const reads = Array.from({ length: KEYS_RAISED_ONE_BY_ONE + 1 }, (_, n) =>
        readOf(`k${n}`, ARTICLES, AUTHORS),
      );
      const marks = [];
      for (const read of reads) marks.push(await filledMark(rig, keeper, read));
      const other = await filledMark(rig, keeper, readOf("other", AUTHORS));
      const rows = () => sql.exec<{ n: number }>("SELECT count(*) AS n FROM buckets")[0]?.n;
      const before = rows() ?? 0;
      const { affected } = await keeper.ingest([changeOf(ARTICLES)]);
      expect(affected).toBe(reads.length);
      expect(rows()).toBe(before + 1);
      for (const [at, read] of reads.entries())
        expect(await accepts(keeper, read, marks[at] ?? 0)).toBe(false);
      expect(await accepts(keeper, readOf("other", AUTHORS), other)).toBe(true);
      // After a restart, too, nothing is still good.
      const next = rig.start();
      const { position } = await next.stats(null);
      fill(next, reads[0] ?? a, { have: { ...position, mark: marks[0] ?? 0 } });
      const asked = rig.origin.asked.length;
      await settle();
      expect(rig.origin.asked).toHaveLength(asked + 1);
    }),
  );

  it(
    "I11. evicting a key invalidates it, and so does registering it again (P9)",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 1 } });
      const { entry } = entryOf(await rig.filled(keeper, a, "a"));
      await rig.clock.advance(1);
      await rig.filled(keeper, b, "b");
      expect((await keeper.stats(null)).keys).toBe(1);
      expect(await accepts(keeper, a, entry.mark)).toBe(false);
      // The keeper has evicted the key, so this change does not find it.
      expect((await keeper.ingest([changeOf()])).affected).toBe(0);
      const again = fill(keeper, a, { have: entry });
      await settle();
      await rig.origin.answer("new");
      const { entry: refilled, text } = entryOf(await again);
      expect(text).toBe("new");
      expect(refilled.mark).toBeGreaterThan(entry.mark);
    }),
  );
});

describe("a purge", () => {
  const c = readOf("c", AUTHORS, ARTICLES);
  const purges: [string, Purge, string[]][] = [
    ["all", { all: true }, ["a", "b", "c"]],
    ["table", { table: ARTICLES }, ["a", "c"]],
    ["prefix", { prefix: "/rest/v1/authors" }, ["b", "c"]],
    ["keys", { keys: ["b", "unknown"] }, ["b"]],
  ];
  for (const [name, purge, gone] of purges) {
    it(
      `I11. by ${name} refuses just those entries and forgets their bodies`,
      onStorage(async (rig) => {
        const keeper = rig.start();
        const reads = [a, b, c];
        const marks: number[] = [];
        for (const read of reads) marks.push(await filledMark(rig, keeper, read));
        await rig.clock.advance(5);
        const { purged, position } = await keeper.purge(purge);
        expect(purged).toBe(gone.length);
        expect((await sync(keeper)).purgedAt).toBe(position.mark);
        for (const [at, read] of reads.entries()) {
          expect(await accepts(keeper, read, marks[at] ?? 0), read.key).toBe(!gone.includes(read.key));
          const asked = rig.origin.asked.length;
          fill(keeper, read, { boundMs: 60_000 });
          await settle();
          expect(rig.origin.asked.length - asked, read.key).toBe(gone.includes(read.key) ? 1 : 0);
        }
      }),
    );
  }

  it(
    "I11. is not answered with a body whose fill began before it, however wide the bound (P11)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      fill(keeper, a);
      await settle();
      await rig.clock.advance(100);
      await keeper.purge({ all: true });
      await rig.clock.advance(100);
      const after = fill(keeper, a, { boundMs: 60_000 });
      await settle();
      await rig.origin.answer("asked before the purge");
      const later = fill(keeper, a, { boundMs: 60_000 });
      await settle();
      await rig.origin.answer("asked after the purge");
      expect(entryOf(await after).text).toBe("asked after the purge");
      expect(entryOf(await later).text).toBe("asked after the purge");
    }),
  );
});

describe("a sync", () => {
  it(
    "I2. returns everything to a fence that has nothing, else what was raised since (P6)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "a");
      await rig.filled(keeper, b, "b");
      const first = (await keeper.ingest([changeOf()])).position;
      const second = (await keeper.ingest([changeOf(AUTHORS)])).position;
      const [ofA, ofB] = [bucketOf(keyName("a")), bucketOf(keyName("b"))];
      const full = await sync(keeper);
      expect(full).toMatchObject({ full: true, position: second, age: 0 });
      expect(full.raised).toEqual(new Map([[ofA, first.mark], [ofB, second.mark]])); // biome-ignore format: one line
      const delta = await sync(keeper, { since: first });
      expect(delta).toMatchObject({ full: false, position: second });
      expect(delta.raised).toEqual(new Map([[ofB, second.mark]]));
      expect((await sync(keeper, { since: second })).raised.size).toBe(0);
    }),
  );

  it(
    "I2. returns everything to a fence of another generation (P4)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "a");
      await keeper.ingest([changeOf()]);
      const answer = await sync(keeper, { since: { generation: "another", mark: 1_000 } });
      expect(answer.full).toBe(true);
      expect(answer.raised.size).toBe(1);
    }),
  );

  it(
    "I1. computes its answer after its pull, in the turn that sends it (P8)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, a, "a");
      const { position } = await keeper.stats(null);
      rig.pull = async () => {
        await keeper.ingest([changeOf()]);
      };
      const answer = await sync(keeper, { since: position });
      expect(answer.position.mark).toBe(position.mark + 1);
      expect(answer.raised.get(bucketOf(keyName("a")))).toBe(position.mark + 1);
    }),
  );

  it(
    "I1. proves nothing to a caller with a higher mark: this instance is superseded or restored (P5)",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { position } = await keeper.stats(null);
      const since = { ...position, mark: position.mark + 1 };
      await expect(sync(keeper, { since })).rejects.toThrow("refused");
    }),
  );

  it(
    "I11. refuses another configuration, and is small: buckets that were never raised are not sent",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await expect(sync(keeper, { configHash: "another" })).rejects.toThrow("configuration");
      expect((await sync(keeper)).buckets).toHaveLength(0);
      expect(UNWATCHED_BUCKET - 1).toBeLessThanOrEqual(0xffff);
    }),
  );
});
