import { describe, expect, it } from "vitest";
import type { RowMap } from "../../rows/row-map.ts";
import { changeOf, readOf } from "../testing/fixtures.ts";
import { sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { Marks } from "./marks.ts";
import { Meta } from "./meta.ts";
import { migrate } from "./migrations.ts";

const read = readOf("a");

const MAP: RowMap = { tables: {}, unwatched: [], views: {}, schemas: [] };

describe("isolates that ask from one position", () => {
  it(
    "P2. P8. get one delta, made once, and each its own age",
    onStorage(async (rig) => {
      let asOf = rig.clock.now();
      const feed = {
        proven: true,
        asOf: () => asOf,
        reach: async () => false,
        nudge: () => {},
        forget: () => {},
      };
      rig.feed = () => feed as never;
      const keeper = rig.start();
      const { position: since } = await sync(keeper);
      await rig.filled(keeper, read, "body");
      await keeper.ingest([changeOf()]);
      asOf = rig.clock.now();
      const answers: Awaited<ReturnType<typeof sync>>[] = [];
      for (let isolate = 0; isolate < 500; isolate++) {
        answers.push(await sync(keeper, { since, boundMs: 60_000 }));
        await rig.clock.advance(1);
      }
      expect(new Set(answers.map(({ buckets }) => buckets)).size).toBe(1);
      expect(new Set(answers.map(({ marks }) => marks)).size).toBe(1);
      expect(answers.map(({ age }) => age)).toEqual(answers.map((_, at) => at));
      expect(answers[0]?.raised.size).toBeGreaterThan(0);
    }),
  );

  it(
    "P8. get another one after the next change, and so do those who ask from elsewhere",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const { position: first } = await sync(keeper);
      await rig.filled(keeper, read, "body");
      await keeper.ingest([changeOf()]);
      const before = await sync(keeper, { since: first });
      await rig.filled(keeper, read, "another body");
      await keeper.ingest([changeOf()]);
      const after = await sync(keeper, { since: first });
      expect(after.buckets).not.toBe(before.buckets);
      expect(after.raised).not.toEqual(before.raised);
      expect((await sync(keeper, { since: after.position })).raised.size).toBe(0);
      expect((await sync(keeper)).raised).toEqual(after.raised);
    }),
  );
});

it(
  "R9. a delta of rows is another one as soon as rows are told apart by another map",
  onStorage(async (rig) => {
    migrate(rig.sql);
    const marks = new Marks(rig.sql, new Meta(rig.sql));
    expect(marks.delta(-1).rows).toBeUndefined();
    marks.follow(MAP);
    expect(marks.delta(-1).rows?.map).toEqual(MAP);
  }),
);
