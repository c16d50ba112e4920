import { describe, expect, it } from "vitest";
import type { Change } from "../../postgrest/row/change.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import { INGEST_STEPS, INGEST_STEPS_PER_CHANGE } from "../keys/affected-keys.ts";
import { Footprints } from "../keys/footprints.ts";
import { Registry } from "../keys/registry.ts";
import type { FeedHost } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { bucketOf, relationName } from "../protocol/names.ts";
import { Marks } from "../storage/marks.ts";
import { Meta } from "../storage/meta.ts";
import { migrate } from "../storage/migrations.ts";
import { ARTICLES, AUTHORS } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { KEYS_RAISED_ONE_BY_ONE, PULL_STEPS } from "./ingest.ts";

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

/** What a pull brings, part by part. */
function pulling(rig: Rig) {
  const hosts: FeedHost[] = [];
  rig.feed = (host) => {
    hosts.push(host);
    const asOf = () => rig.clock.now();
    return { proven: true, asOf, reach: async () => true, nudge: () => {}, forget: () => {} };
  };
  return (changes: readonly Change[], ends: boolean) =>
    hosts.at(-1)?.take({ changes, everything: false, lags: [], ends, inSameTransaction: () => {} });
}

describe("L4. the parts of one pull", () => {
  it(
    "L4. have a budget together, beyond which the rest is not judged; the next pull has its own",
    onStorage(async (rig) => {
      const take = pulling(rig);
      const costlyKeys = 8;
      const keeper = await register(
        rig,
        Array.from({ length: costlyKeys }, (_, at) => costly(at)),
      );
      const coarse = async () => (await keeper.stats(null)).coarseIngests;
      let parts = 0;
      for (; (await coarse()) === 0; parts += 1) take([updated(100)], false);
      // Each verdict is given up after 100,000 steps.
      expect(parts).toBe(Math.ceil(PULL_STEPS / (costlyKeys * 100_000)));
      take([updated(100)], true);
      expect(await coarse()).toBe(2);
      take([updated(100)], true);
      expect(await coarse()).toBe(2);
    }),
  );

  it(
    "L4. raise keys one by one as long as they are few together, then their relation",
    onStorage(async (rig) => {
      const take = pulling(rig);
      const half = KEYS_RAISED_ONE_BY_ONE / 2 + 1;
      const ids = Array.from({ length: 2 * half }, (_, at) => at + 1);
      const keeper = await register(
        rig,
        ids.map((id) => read(`id=eq.${id}`)),
      );
      const inserts = ids.map((id): Change => {
        return {
          kind: "row",
          operation: "INSERT",
          relation: ARTICLES,
          record: { id: String(id), title: "null" },
        };
      });
      const isRaised = async () => (await sync(keeper)).raised.has(bucketOf(relationName(ARTICLES)));
      take(inserts.slice(0, half), true);
      take(inserts.slice(half), true);
      expect(await isRaised()).toBe(false);
      for (const id of ids) {
        const again = fill(keeper, read(`id=eq.${id}`));
        await settle();
        await rig.origin.answer("[]");
        await again;
      }
      take(inserts.slice(0, half), false);
      expect(await isRaised()).toBe(false);
      take(inserts.slice(half), true);
      expect(await isRaised()).toBe(true);
    }),
  );
});
