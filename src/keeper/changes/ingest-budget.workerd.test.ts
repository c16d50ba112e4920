import { describe, expect, it } from "vitest";
import type { Change } from "../../postgrest/row/change.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import { INGEST_STEPS, INGEST_STEPS_PER_CHANGE } from "../keys/affected-keys.ts";
import { Footprints } from "../keys/footprints.ts";
import { Registry } from "../keys/registry.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { Marks } from "../storage/marks.ts";
import { Meta } from "../storage/meta.ts";
import { migrate } from "../storage/migrations.ts";
import { ARTICLES, AUTHORS } from "../testing/fixtures.ts";
import { fill, type Rig } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const column = (type: string, notNull = false) => ({
  ...{ type, family: "base", notNull, plainCollation: true, exact: true, generated: "no" },
});

const relation = {
  kind: "table",
  columns: { id: column("int8", true), title: column("text") },
  keys: [["id"]],
  ...{ foreignKeys: [], descendants: [], ancestors: [], computed: {}, reads: null },
};

const FOOTPRINTS = new Footprints(
  { dependsOn: new Map(), tables: new Set([ARTICLES, AUTHORS]) },
  {
    schema: JSON.stringify({ [ARTICLES]: relation, [AUTHORS]: relation }),
    watched: null,
    anonObeysPolicies: false,
    bounds: false,
    settings: "",
    noticesDdl: false,
    roles: {},
  },
);

function read(search: string, table = ARTICLES): CacheableRead {
  const name = table.slice(table.indexOf(".") + 1);
  const path = `/rest/v1/${name}?${search}`;
  const asked = { schema: "public", relation: name, search };
  return { key: path, path, headers: {}, audience: "publishable", relation: table, asked };
}

/** A costly pattern: at each position of a long text it matches up to the last characters. */
const costly = (number: number) => read(`id=gt.${number}&title=like.*${"_".repeat(900)}Q1Z*`);

const updated = (id: number, table = ARTICLES): Change => {
  const record = { id: String(id), title: JSON.stringify("a".repeat(5_000)) };
  return { kind: "row", operation: "UPDATE", relation: table, old: { ...record, title: '"a"' }, record };
};

async function register(rig: Rig, reads: readonly CacheableRead[]) {
  rig.footprints = FOOTPRINTS;
  const keeper = rig.start();
  for (const each of reads) {
    const answer = fill(keeper, each);
    await settle();
    await rig.origin.answer("[]");
    await answer;
  }
  return keeper;
}

describe("an ingest has a budget of steps", () => {
  const plain = read("id=eq.7");
  const elsewhere = read("id=eq.8", AUTHORS);

  it(
    "within which each key is judged separately",
    onStorage(async (rig) => {
      const keeper = await register(rig, [costly(0), plain, elsewhere]);
      // Its own verdict takes too many steps, so it is affected; the others are not.
      expect((await keeper.ingest([updated(1)])).affected).toBe(1);
      expect((await keeper.stats(null)).coarseIngests).toBe(0);
    }),
  );

  const beyond = Math.ceil((INGEST_STEPS + 3 * INGEST_STEPS_PER_CHANGE) / 100_000) + 1;

  it(
    "beyond which keys are treated as affected without a verdict, except those found by other values",
    onStorage(async (rig) => {
      const reads = Array.from({ length: beyond }, (_, at) => costly(at));
      const keeper = await register(rig, [...reads, plain, elsewhere]);
      const { affected } = await keeper.ingest([updated(100), updated(101), updated(102)]);
      expect(affected).toBe(beyond);
      expect((await keeper.stats(null)).coarseIngests).toBe(1);
      expect((await keeper.ingest([updated(100), updated(7), updated(102)])).affected).toBe(beyond + 1);
    }),
  );

  it(
    "and if even finding keys costs too much, that relation alone is raised",
    onStorage(async (rig) => {
      migrate(rig.sql);
      const marks = new Marks(rig.sql, new Meta(rig.sql));
      const limits = { maxKeys: 1_000, registryBytes: 10_000_000 };
      const registry = new Registry({
        sql: rig.sql,
        meta: new Meta(rig.sql),
        marks,
        limits,
        apiReload: { isPending: false },
        signedIn: false,
      });
      for (const each of [costly(0), costly(1), plain, elsewhere]) {
        const result = FOOTPRINTS.of(each.asked);
        if (!("footprint" in result)) throw new Error("no footprint");
        registry.register(each, result.footprint, 0, () => true);
      }
      const { records, raised, isCoarse } = registry.affected([updated(100)], 10);
      expect([...records].map(({ key }) => key)).toEqual([costly(0).key, costly(1).key, plain.key]);
      expect({ raised, isCoarse }).toEqual({ raised: [ARTICLES], isCoarse: true });
    }),
  );

  it(
    "and a flushed relation is not judged at all",
    onStorage(async (rig) => {
      const keeper = await register(rig, [costly(0), plain, elsewhere]);
      const flush: Change = { kind: "flush", relation: ARTICLES };
      const record = { id: "8", title: '"a"' };
      const other: Change = { kind: "row", operation: "INSERT", relation: AUTHORS, record };
      const changes = [...Array.from({ length: 400 }, (_, at) => updated(at)), flush, other];
      expect((await keeper.ingest(changes)).affected).toBe(3);
      expect((await keeper.stats(null)).coarseIngests).toBe(0);
    }),
  );
});
