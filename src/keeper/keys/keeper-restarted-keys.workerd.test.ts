import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { KEYS_RAISED_ONE_BY_ONE } from "../changes/ingest.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { CONFIG, entryOf } from "../testing/fixtures.ts";
import { affected, DECLARED, described, inserted, precise, read, SCHEMA } from "../testing/precise.ts";
import { fill } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { Footprints } from "./footprints.ts";

describe("after a restart", () => {
  it(
    "I4. keys are loaded on request, and all of them by the first change",
    onStorage(async (rig, sql) => {
      const keeper = precise(rig);
      const reads = [1, 2, 3].map((id) => read(`select=id,title&id=eq.${id}`));
      for (const each of reads) await rig.filled(keeper, each, "[]");
      expect(sql.exec("SELECT count(*) AS n FROM shapes")).toEqual([{ n: 1 }]);
      const next = precise(rig);
      expect((await next.stats(null)).keys).toBe(3);
      await rig.filled(next, reads[1] as CacheableRead, "[]");
      expect((await next.stats(null)).keys).toBe(3);
      expect(await affected(next, inserted(3))).toBe(1);
      expect((await next.entries({ prefix: "", cursor: null, limit: 10 })).total).toBe(3);
    }),
  );

  it(
    "I4. keys are listed in the order of their registration, each once, also those asked for before the others are loaded",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      const reads = [1, 2, 3].map((id) => read(`select=id,title&id=eq.${id}`));
      for (const each of reads) await rig.filled(keeper, each, "[]");
      const next = precise(rig);
      await rig.filled(next, reads[2] as CacheableRead, "[]");
      const listed: string[] = [];
      for (let cursor: string | null = null, page = 0; page < 3; page++) {
        const { entries, cursor: after } = await next.entries({ prefix: "", cursor, limit: 1 });
        listed.push(...entries.map(({ key }) => key));
        cursor = after;
      }
      expect(listed).toEqual(reads.map(({ key }) => key));
    }),
  );

  it(
    "I11. shapes are deleted with the last key that uses them",
    onStorage(async (rig, sql) => {
      rig.footprints = new Footprints(DECLARED, described(SCHEMA));
      const keeper = rig.start({ limits: { maxKeys: 2 }, configHash: CONFIG });
      await rig.filled(keeper, read("select=id"), "[]");
      await rig.filled(keeper, read("select=title"), "[]");
      await rig.filled(keeper, read("select=views"), "[]");
      expect(sql.exec("SELECT count(*) AS n FROM shapes")).toEqual([{ n: 2 }]);
      await rig.filled(keeper, read("select=id"), "[]");
      expect((await keeper.stats(null)).keys).toBe(2);
    }),
  );

  it(
    "I7. keys that only share their table's name with many others cost a call and no query, and after a wake-up a query",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      const far = await rig.filled(
        keeper,
        read("select=id,title&order=id&limit=1"),
        '[{"id":1,"title":"a"}]',
      );
      const { entry } = entryOf(far);
      for (let id = 0; id <= KEYS_RAISED_ONE_BY_ONE; id++) {
        await rig.filled(keeper, read(`select=id,title&id=gt.4&limit=${id + 1}`), "[]");
      }
      const { affected: touched, position } = await keeper.ingest([inserted(5)]);
      expect(touched).toBe(KEYS_RAISED_ONE_BY_ONE + 1);
      const again = await fill(keeper, read("select=id,title&order=id&limit=1"), { have: entry });
      expect(again).toEqual({ kind: "good", position });
      const asked = rig.origin.asked.length;
      const next = precise(rig);
      fill(next, read("select=id,title&order=id&limit=1"), { have: entry });
      await settle();
      expect(rig.origin.asked.length).toBe(asked + 1);
    }),
  );
});
