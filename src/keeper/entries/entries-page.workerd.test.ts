import { describe, expect, it } from "vitest";
import type { EntriesOrder } from "../protocol/admin.ts";
import { changeOf, readOf } from "../testing/fixtures.ts";
import type { Rig } from "../testing/rig.ts";
import { fill } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const ALL = { prefix: "", search: "", cursor: null, limit: 100 } as const;

/** Three keys: b read three times, c twice, a once. */
async function threeKeys(rig: Rig) {
  const keeper = rig.start();
  for (const [key, reads] of [
    ["b", 3],
    ["c", 2],
    ["a", 1],
  ] as const) {
    const read = { ...readOf(key), key: `/rest/v1/articles?select=${key} publishable accept:*/*` };
    await rig.filled(keeper, read, key);
    for (let n = 1; n < reads; n++) await fill(keeper, read);
  }
  return keeper;
}

const nameOf = ({ path }: { readonly path: string }) => path.at(-1);

describe("entries", () => {
  it(
    "come in the order that is asked for, and page by page in the same one",
    onStorage(async (rig) => {
      const keeper = await threeKeys(rig);
      const orders: Readonly<Record<EntriesOrder, string>> = {
        registered: "bca",
        key: "abc",
        reads: "bca",
        fills: "bca",
        invalidations: "bca",
      };
      for (const [sort, expected] of Object.entries(orders) as [EntriesOrder, string][]) {
        const { entries, cursor, total } = await keeper.entries({ ...ALL, sort });
        expect([entries.map(nameOf).join(""), cursor, total], sort).toEqual([expected, null, 3]);
        let paged = "";
        let next: string | null = null;
        do {
          const page = await keeper.entries({ ...ALL, sort, cursor: next, limit: 1 });
          expect(page.total).toBe(3);
          paged += page.entries.map(nameOf).join("");
          next = page.cursor;
        } while (next !== null);
        expect(paged, sort).toBe(expected);
      }
    }),
  );

  it(
    "are searched in their keys, whatever the case",
    onStorage(async (rig) => {
      const keeper = await threeKeys(rig);
      const found = async (search: string) => (await keeper.entries({ ...ALL, search })).entries.map(nameOf);
      expect(await found("SELECT=C ")).toEqual(["c"]);
      expect(await found("publishable")).toHaveLength(3);
      expect(await found("nothing")).toEqual([]);
    }),
  );

  it(
    "tell what invalidated them last, and how often",
    onStorage(async (rig) => {
      const keeper = await threeKeys(rig);
      const first = async () => (await keeper.entries({ ...ALL, sort: "key" })).entries[0];
      expect(await first()).toMatchObject({
        invalidations: 0,
        lastInvalidation: null,
        shared: "all who show the publishable key",
        footprint: "public.articles (any column)",
      });
      await keeper.ingest([changeOf()]);
      const at = new Date(rig.clock.now()).toISOString();
      expect(await first()).toMatchObject({
        invalidations: 1,
        lastInvalidation: { at, rule: "row", relation: "public.articles" },
      });
      // No answer was given since.
      await keeper.ingest([{ kind: "flush", relation: "public.articles" }]);
      expect(await first()).toMatchObject({ invalidations: 1, lastInvalidation: { rule: "table" } });
      await keeper.purge({ all: true });
      expect(await first()).toMatchObject({
        invalidations: 2,
        lastInvalidation: { rule: "purge", relation: null },
      });
    }),
  );
});
