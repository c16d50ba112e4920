import { describe, expect, it } from "vitest";
import { BucketFence } from "../../fence/bucket-fence.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import { Footprints } from "../keys/footprints.ts";
import { bucketsOf } from "../protocol/names.ts";
import { ARTICLES, entryOf } from "../testing/fixtures.ts";
import { affected, DECLARED, described, inserted, precise, read, row, SCHEMA } from "../testing/precise.ts";
import { fill } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const FIRST_PAGE = read("select=id,title&order=id&limit=2");
const PAGE_BODY = '[{"id":1,"title":"a"},{"id":3,"title":"c"}]';

describe("with Postgres' description of its relations", () => {
  it(
    "I7. a change beyond the page shown leaves it alone, one inside does not (V3)",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      expect(await affected(keeper, inserted(4))).toBe(0);
      expect(await affected(keeper, inserted(2))).toBe(1);
    }),
  );

  it(
    "I7. a change of a column that is not selected leaves it alone (V2)",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      const update = (record: object) =>
        ({ kind: "row", operation: "UPDATE", relation: ARTICLES, old: row(1), record }) as Change;
      expect(await affected(keeper, update(row(1, "t", 5)))).toBe(0);
      expect(await affected(keeper, update(row(1, "T")))).toBe(1);
    }),
  );

  it(
    "I7. an invalidation drops the shown rows until the next answer",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      expect(await affected(keeper, inserted(2))).toBe(1);
      expect(await affected(keeper, inserted(9))).toBe(1);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      expect(await affected(keeper, inserted(9))).toBe(0);
      await keeper.purge({ table: ARTICLES });
      expect(await affected(keeper, inserted(9))).toBe(1);
    }),
  );

  it(
    "I7. a flight drops the shown rows, and records none if a change has touched it",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      await rig.clock.advance(3_600_000);
      const again = fill(keeper, FIRST_PAGE);
      await settle();
      expect(await affected(keeper, inserted(9))).toBe(1);
      await rig.origin.answer(PAGE_BODY);
      await again;
      expect(await affected(keeper, inserted(9))).toBe(1);
    }),
  );

  it(
    "I7. shown rows do not count while another answer of the same state may still count",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      await rig.clock.advance(3_600_000);
      await rig.filled(keeper, FIRST_PAGE, '[{"id":2,"title":"b"},{"id":4,"title":"d"}]');
      expect(await affected(keeper, inserted(9))).toBe(1);
      // The next instance does not know which answers the previous one gave.
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      const next = precise(rig);
      await rig.filled(next, FIRST_PAGE, PAGE_BODY);
      expect(await affected(next, inserted(9))).toBe(1);
      await rig.filled(next, FIRST_PAGE, PAGE_BODY);
      expect(await affected(next, inserted(9))).toBe(0);
    }),
  );

  it(
    "I1. a query that reads the clock or an unwatched table is proven only by the begin of its fill",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      for (const name of ["timed", "shown"]) {
        const fleeting = read("select=id", name);
        const { entry } = entryOf(
          await rig.filled(keeper, fleeting, `[{"id":"${name}"}]`, { boundMs: 5_000 }),
        );
        expect(entry.watched).toBe(false);
        const full = {
          kind: "synced",
          full: true,
          floor: 0,
          purgedAt: 0,
          age: 0,
          mode: "on",
          pull: "none",
        } as const;
        const position = { generation: entry.generation, mark: 0 };
        const nothing = { buckets: new Uint16Array(), marks: new Float64Array() };
        const fence = BucketFence.merge(null, null, { ...full, ...nothing, position, proven: true }, 0);
        expect(fence?.accepts({ ...entry, buckets: bucketsOf(fleeting.key, entry) })).toBe(false);
        const asked = rig.origin.asked.length;
        await rig.clock.advance(4_000);
        const recent = await fill(keeper, fleeting, { boundMs: 5_000, have: entry });
        expect(recent).toMatchObject({ kind: "entry", source: "stored", age: 4_000, accepted: false });
        await rig.clock.advance(1_001);
        const late = fill(keeper, fleeting, { boundMs: 5_000, have: entry });
        await settle();
        expect(rig.origin.asked.length).toBe(asked + 1);
        await rig.origin.answer("[]");
        await late;
      }
      expect(rig.alarmAt).toBe(Number.POSITIVE_INFINITY);
    }),
  );

  it(
    "I1. a caller that joins a flight for an unwatched table gets the flight's begin as proof",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      const fleeting = read("select=id", "timed");
      const [first] = [fill(keeper, fleeting)];
      await rig.clock.advance(700);
      const second = fill(keeper, fleeting);
      await settle();
      await rig.origin.answer("[]");
      await first;
      expect(await second).toMatchObject({ source: "joined", age: 700, accepted: false });
    }),
  );

  it(
    "I7. explains a query and a verdict, whether or not it is registered",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      const before = await keeper.explain(FIRST_PAGE, inserted(9));
      expect(before).toMatchObject({ registered: false, windowKnown: false, schemaKnown: true });
      expect(before).toMatchObject({ relations: [ARTICLES], verdict: { affected: true } });
      await rig.filled(keeper, FIRST_PAGE, PAGE_BODY);
      const after = await keeper.explain(FIRST_PAGE, inserted(9));
      expect(after).toMatchObject({ registered: true, windowKnown: true });
      expect(after).toMatchObject({ verdict: { affected: false, rule: "window" } });
      expect(await keeper.explain(read("select=id,nobody(id)"), null)).toEqual({
        kind: "bypass",
        reason: "unknown-embed",
        audience: null,
      });
    }),
  );

  it(
    "I1. a literal may mean something else tomorrow, unless its column is no date",
    onStorage(async (rig) => {
      const literal = read("select=id&title=eq.now");
      const cast = read("select=title::date");
      const keeper = precise(rig);
      expect(entryOf(await rig.filled(keeper, literal, "[]")).entry.watched).toBe(true);
      const direct = { kind: "direct", reason: "time-dependent" };
      expect(await fill(keeper, cast)).toEqual(direct);
      rig.footprints = new Footprints(DECLARED, null);
      const blind = rig.start();
      expect(await fill(blind, literal)).toEqual(direct);
      expect(await blind.explain(literal, null)).toEqual({
        kind: "bypass",
        reason: "time-dependent",
        audience: null,
      });
    }),
  );

  it(
    "I1. with capture, a table that it does not watch is unwatched, whatever the configuration says",
    onStorage(async (rig) => {
      rig.footprints = new Footprints(DECLARED, described(SCHEMA, [ARTICLES, "public.base"]));
      const keeper = rig.start();
      const isWatched = async (name: string) =>
        entryOf(await rig.filled(keeper, read("select=id", name), "[]")).entry.watched;
      expect(await isWatched("articles")).toBe(true);
      expect(await isWatched("shown")).toBe(true);
      rig.footprints = new Footprints(DECLARED, described(SCHEMA, []));
      const blind = rig.start();
      expect(entryOf(await rig.filled(blind, read("select=id"), "[]")).entry.watched).toBe(false);
    }),
  );

  it(
    "I4. another description starts another generation; the same one does not",
    onStorage(async (rig) => {
      const { position } = await precise(rig).stats(null);
      expect((await precise(rig).stats(null)).position).toEqual(position);
      rig.footprints = new Footprints(DECLARED, described({ ...SCHEMA, "public.base": undefined }));
      expect((await rig.start().stats(null)).position.generation).not.toBe(position.generation);
    }),
  );

  it(
    "I7. a change of a relation that no answer can depend on is reported, and raises nothing",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      const { position } = await keeper.stats(null);
      const strangers: Change[] = [
        { kind: "flush", relation: "public.strange" },
        { ...inserted(1), relation: "public.strange" },
        { kind: "flush", relation: "public.base" },
      ];
      const answer = await keeper.ingest(strangers);
      expect(answer.unknown).toEqual(["public.strange"]);
      expect(answer.position.mark).toBe(position.mark + 1);
    }),
  );
});
