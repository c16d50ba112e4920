import { describe, expect, it } from "vitest";
import { Footprints } from "../keys/footprints.ts";
import { changeOf, flushOf } from "../testing/fixtures.ts";
import { DECLARED, described, inserted, precise, read, relation, row, SCHEMA } from "../testing/precise.ts";
import { onStorage } from "../testing/storage.ts";

describe("the last changes", () => {
  it(
    "tell which row it was, what it touched, and why",
    onStorage(async (rig) => {
      const keeper = precise(rig);
      await rig.filled(keeper, read("select=id&id=eq.1"), '[{"id":1}]');
      await rig.filled(keeper, read("select=id&id=eq.2"), '[{"id":2}]');
      await keeper.ingest([inserted(1), inserted(7), inserted(2)]);
      await keeper.ingest([flushOf()]);
      const { changes } = await keeper.recentChanges();
      expect(
        changes.map(({ operation, row: key, invalidated, rule }) => [operation, key, invalidated, rule]),
      ).toEqual([
        ["FLUSH", null, 2, "table"],
        ["INSERT", { id: "2" }, 1, "row"],
        ["INSERT", { id: "7" }, 0, null],
        ["INSERT", { id: "1" }, 1, "row"],
      ]);
      expect(changes[1]).toMatchObject({
        at: new Date(rig.clock.now()).toISOString(),
        relation: "public.articles",
        queries: ["/rest/v1/articles?select=id&id=eq.2"],
        lagMs: null,
      });
      expect(JSON.stringify(changes)).not.toContain("views");
    }),
  );

  it(
    "show a key's columns only, none where what is seen depends on claims, and none that nobody describes",
    onStorage(async (rig) => {
      const own = { claims: [{ culprit: "policy own", text: "", readers: 1, functions: {} }], calls: {} };
      const personal = { ...relation, reads: { relations: {}, caveats: [], request: [], ...own } };
      const lookedAt = async (schema: object, change = inserted(1)) => {
        rig.footprints = new Footprints(DECLARED, described(schema));
        const keeper = rig.start();
        await keeper.ingest([change]);
        return (await keeper.recentChanges()).changes[0]?.row;
      };
      expect(await lookedAt(SCHEMA)).toEqual({ id: "1" });
      expect(await lookedAt({ ...SCHEMA, "public.articles": personal })).toBeNull();
      // Nobody has described it for those who sign in, and row-level security may show each of them another row.
      expect(await lookedAt({ ...SCHEMA, "public.articles": { ...relation, rowSecurity: true } })).toBeNull();
      expect(await lookedAt({ ...SCHEMA, "public.articles": { ...relation, rowSecurity: false } })).toEqual({
        id: "1",
      });
      expect(await lookedAt(SCHEMA, { ...changeOf("public.base"), record: row(1) } as never)).toBeNull();
      rig.footprints = new Footprints(DECLARED, null);
      const blind = rig.start();
      await blind.ingest([inserted(1)]);
      expect((await blind.recentChanges()).changes[0]).toMatchObject({
        row: null,
        relation: "public.articles",
      });
    }),
  );

  it(
    "I11. are a hundred at most, and cost no row",
    onStorage(async (rig, sql) => {
      const keeper = precise(rig);
      await keeper.ingest([inserted(1)]);
      const before = sql.rows?.written ?? 0;
      await keeper.ingest([inserted(1)]);
      const one = (sql.rows?.written ?? 0) - before;
      await keeper.ingest(Array.from({ length: 250 }, (_, id) => inserted(id)));
      expect((sql.rows?.written ?? 0) - before).toBe(2 * one);
      const { changes } = await keeper.recentChanges();
      expect(changes).toHaveLength(100);
      expect(changes[0]?.row).toEqual({ id: "249" });
      expect(changes[99]?.row).toEqual({ id: "150" });
    }),
  );
});
