import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import { KEYS_RAISED_ONE_BY_ONE } from "../changes/ingest.ts";
import type { Sql, SqlValue } from "../ports/ports.ts";
import { FENCE_BUCKETS } from "../protocol/constants.ts";
import {
  ALL_PERSONAL,
  bucketOf,
  bucketsOf,
  isPersonalKey,
  keyName,
  relationName,
  UNWATCHED_BUCKET,
} from "../protocol/names.ts";
import { changeOf, entryOf, readOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { BOOKMARKS, bearerOf, DOCS, readBy, Site } from "../testing/signed-in.ts";
import { onStorage } from "../testing/storage.ts";

const articles = readBy("a");
const bookmarks = readBy("b", BOOKMARKS);
const docs = readBy("d", DOCS);
const [ann, bob] = [bearerOf("ann"), bearerOf("bob")];

function onSite(
  test: (site: Site, rig: Rig, sql: Sql) => Promise<void>,
  given: Parameters<Rig["start"]>[0] = {},
): () => Promise<void> {
  return onStorage(async (rig, sql) => {
    const site = new Site(rig);
    await site.start(given);
    await test(site, rig, sql);
  });
}

/** Everything in the storage, as text. */
function stored(sql: Sql): string {
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const own = tables.filter(({ name }) => !name.startsWith("_cf") && !name.startsWith("sqlite"));
  return own
    .flatMap(({ name }) => sql.exec<Record<string, SqlValue>>(`SELECT * FROM ${name}`))
    .map((row) =>
      JSON.stringify(row, (_, value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value)),
    )
    .join("\n");
}

const rows = (sql: Sql) => sql.exec("SELECT id FROM keys").length;

/** The buckets raised after a position. */
async function raisedSince(site: Site, work: () => Promise<unknown>): Promise<readonly number[]> {
  const { position } = await sync(site.keeper);
  await work();
  const { raised, floor } = await sync(site.keeper, { since: position });
  expect(floor).toBeLessThanOrEqual(position.mark);
  return [...raised.keys()];
}

const ofUser = (person: string) => ({
  ...{ type: "UPDATE", schema: "public", table: "bookmarks", writtenAt: 1 },
  ...{ record: { id: 1, user_id: person, note: "new" }, old_record: { id: 1, user_id: person, note: "old" } },
});

describe("a personal key", () => {
  it(
    "S9. is in no row, and neither is anything of its reader; nor in entries, stats, history, changes or the log",
    onSite(async (site, rig, sql) => {
      site.people.set("ann", { sub: "5f0c-ann-subject", tenant: '"tenant-of-ann"' });
      const keyed = await site.keyed(bookmarks, ann);
      await site.filled(bookmarks, ann, "ann's bookmarks");
      await site.filled(articles, ann, "articles");
      await site.keeper.ingest([changeOf(BOOKMARKS)]);
      await site.filled(bookmarks, ann, "ann's bookmarks again");
      await rig.clock.advance(60_000);
      expect(rows(sql)).toBe(1);
      const { entries, total } = await site.keeper.entries({ prefix: "", cursor: null, limit: 100 });
      const stats = await site.keeper.stats(null);
      const { changes } = await site.keeper.recentChanges();
      const { rows: minutes } = await site.keeper.history("day");
      expect(changes).toContainEqual(expect.objectContaining({ relation: BOOKMARKS, row: null }));
      expect(minutes).toHaveLength(1);
      const told = [
        stored(sql),
        JSON.stringify([entries, total, stats, changes, minutes, rig.events]),
      ].join();
      const digest = keyed.key.slice(keyed.key.indexOf("#") + 1);
      const personal = ["secret-ann", "5f0c", "tenant-of-ann", "bookmarks again"];
      for (const secret of [ann.token, ann.digest, digest, ...personal]) expect(told).not.toContain(secret);
      expect(entries.map(({ key }) => key)).toEqual([`${articles.key} authenticated`]);
      expect(total).toBe(1);
      expect(stats).toMatchObject({ keys: 2, audiences: { identities: 1, personalKeys: 1 } });
    }),
  );

  it(
    "S9. goes to no KV, however many want it; a key of a role does, once its answer is everybody's",
    onSite(async (site, rig) => {
      for (const person of ["ann", "w1", "w2", "w3", "w4"]) site.people.set(person, { tenant: '"a"' });
      for (const read of [readBy("warm"), docs]) await site.trust(read);
      await site.filled(articles, ann, "articles");
      await site.keeper.purge({ table: DOCS });
      await site.filled(docs, ann, "of the tenant");
      const report = async (read = articles) => {
        const keysRead = [(await site.keyed(read, ann)).key];
        const none = { hits: 0, stale: 0, misses: 0, bypasses: 0, errors: 0, originRequests: 0 };
        const counts = { ...none, kvReads: 0, shadowReads: 0, shadowWrong: 0 };
        await sync(site.keeper, { boundMs: 60_000, report: { counts, keysRead } });
      };
      for (const client of ["net1 net1", "net2 net2", "net3 net3"])
        for (const read of [articles, docs]) await site.read(read, ann, { client });
      await report();
      expect((await site.keeper.stats(null)).owedKvWrites).toBe(0);
      await site.pull();
      await report();
      await report(docs);
      expect((await site.keeper.stats(null)).owedKvWrites).toBe(1);
      await rig.ring(site.keeper);
      expect(rig.store.puts.map(({ key }) => key)).toEqual([`${articles.key} authenticated`]);
    }),
  );

  it(
    "S9. has a bucket that no other kind of name has, and stands on the name of all personal keys",
    onSite(async (site) => {
      const { key } = await site.keyed(bookmarks, ann);
      expect(isPersonalKey(key)).toBe(true);
      expect(bucketOf(keyName(key))).toBeGreaterThanOrEqual(FENCE_BUCKETS);
      const buckets = bucketsOf(key, { relations: [BOOKMARKS], watched: true });
      expect(buckets).toEqual([keyName(key), relationName(BOOKMARKS), ALL_PERSONAL].map(bucketOf));
      for (const other of [readOf("a").key, articles.key, `${articles.key} authenticated`]) {
        expect(isPersonalKey(other)).toBe(false);
        expect(bucketOf(keyName(other))).toBeLessThan(FENCE_BUCKETS);
        expect(bucketsOf(other, { relations: [], watched: true })).toHaveLength(1);
      }
      expect(bucketOf(ALL_PERSONAL)).toBeLessThan(FENCE_BUCKETS);
      // A sync's answer carries them in 16 bits.
      expect(UNWATCHED_BUCKET).toBeLessThanOrEqual(0xffff);
    }),
  );

  it(
    "S9. of one reader alone is touched by a change of that reader's rows",
    onSite(async (site, rig) => {
      const [anns, bobs] = [await site.keyed(bookmarks, ann), await site.keyed(bookmarks, bob)];
      const mine = entryOf(await site.filled(bookmarks, ann, "ann's")).entry;
      const his = entryOf(await site.filled(bookmarks, bob, "bob's")).entry;
      const raised = await raisedSince(site, async () => {
        site.changes = [ofUser("ann")];
        await site.pull();
      });
      expect(raised).toEqual([bucketOf(keyName(anns.key))]);
      expect(await fill(site.keeper, bobs, { bearer: bob, have: his })).toMatchObject({ kind: "good" });
      const again = site.read(bookmarks, ann, { have: mine });
      await settle();
      await rig.origin.answer("ann's new ones");
      expect(entryOf(await again).text).toBe("ann's new ones");
    }),
  );

  it(
    "S9. is forgotten by the next instance, which invalidates all of them at once, and once only",
    onSite(async (site, rig, sql) => {
      const { entry } = entryOf(await site.filled(bookmarks, ann, "ann's"));
      const { entry: common } = entryOf(await site.filled(articles, ann, "articles"));
      const before = await sync(site.keeper);
      site.keeper = rig.start();
      await site.pull();
      const after = await sync(site.keeper, { since: before.position });
      expect([...after.raised]).toEqual([[bucketOf(ALL_PERSONAL), before.position.mark + 1]]);
      const { key } = await site.keyed(bookmarks, ann);
      expect(bucketsOf(key, entry).some((bucket) => (after.raised.get(bucket) ?? 0) > entry.mark)).toBe(true);
      expect(bucketsOf(articles.key, common).some((bucket) => after.raised.has(bucket))).toBe(false);
      // Even by the same name it is not confirmed.
      const again = site.read(bookmarks, ann, { have: entry });
      await settle();
      await rig.origin.answer("ann's");
      expect((await again).kind).toBe("entry");
      // An instance without personal keys raises nothing.
      const { mark } = (await sync(site.keeper)).position;
      site.keeper = rig.start();
      expect((await sync(site.keeper)).position.mark).toBe(mark + 1);
      site.keeper = rig.start();
      expect((await sync(site.keeper)).position.mark).toBe(mark + 1);
      expect(stored(sql)).not.toContain("#");
    }),
  );

  it(
    "S9. is counted as one that may exist before it does: a crash in between costs a call, not a wrong answer",
    onSite(async (site, rig, sql) => {
      const answer = site.read(bookmarks, ann);
      await settle();
      expect(sql.exec("SELECT value FROM meta WHERE name = 'personal_keys'")).toEqual([{ value: 1 }]);
      const { mark } = (await sync(site.keeper)).position;
      await rig.origin.answer("late");
      await answer;
      expect((await sync(rig.start())).position.mark).toBe(mark + 1);
    }),
  );

  it(
    "S9. among a thousand that change together raises no relation and writes no row",
    onSite(
      async (site, _rig, sql) => {
        const many = KEYS_RAISED_ONE_BY_ONE + 50;
        for (let n = 0; n < many; n++)
          await site.filled(bookmarks, bearerOf(`p${n}`), "mine", { client: `c${n}` });
        const buckets = () => sql.exec("SELECT bucket FROM buckets").length;
        const before = buckets();
        const raised = await raisedSince(site, async () => {
          site.changes = [{ ...ofUser("x"), type: "TRUNCATE", record: null, old_record: null }];
          await site.pull();
        });
        expect(raised.filter((bucket) => bucket >= FENCE_BUCKETS).length).toBeGreaterThan(many / 2);
        // The truncated table itself.
        expect(raised.filter((bucket) => bucket < FENCE_BUCKETS)).toEqual([
          bucketOf(relationName(BOOKMARKS)),
        ]);
        expect(buckets()).toBe(before + 1);
      },
      { limits: { newKeysPerClientPerMinute: 10_000 } },
    ),
  );
});

describe("a thousand personal keys", () => {
  const given = { limits: { maxKeys: 300, newKeysPerClientPerMinute: 10_000 } };

  it(
    "S9. evict one another, and neither displace nor refuse anybody else's answers",
    onSite(async (site, _rig, sql) => {
      const kept = entryOf(await site.filled(articles, ann, "articles")).entry;
      for (let n = 0; n < 150; n++) await site.filled(readBy(`n${n}`), ann, "articles");
      const raised = await raisedSince(site, async () => {
        for (let n = 0; n < 1_000; n++)
          await site.filled(bookmarks, bearerOf(`p${n}`), "mine", { client: `c${n}` });
      });
      expect(raised.length).toBeGreaterThan(500);
      expect(raised.every((bucket) => bucket >= FENCE_BUCKETS)).toBe(true);
      expect(rows(sql)).toBe(151);
      const stats = await site.keeper.stats(null);
      expect(stats.audiences.personalKeys).toBeLessThanOrEqual(100);
      expect(stats.evictions).toBeGreaterThanOrEqual(900);
      expect(await site.read(articles, ann, { have: kept })).toMatchObject({ kind: "good" });
    }, given),
  );

  it(
    "S9. evicted count as invalidated: what one reader holds is asked for again",
    onSite(async (site, rig) => {
      const mine = entryOf(await site.filled(bookmarks, ann, "ann's")).entry;
      for (let n = 0; n < 200; n++)
        await site.filled(bookmarks, bearerOf(`p${n}`), "mine", { client: `c${n}` });
      const again = site.read(bookmarks, ann, { have: mine });
      await settle();
      await rig.origin.answer("ann's");
      expect((await again).kind).toBe("entry");
    }, given),
  );

  it(
    "S9. hold no more than their share of the keeper's memory for bodies",
    onSite(
      async (site, rig) => {
        await site.trust(readBy("warm"));
        await site.filled(articles, ann, "x".repeat(1_000));
        await site.pull();
        for (let n = 0; n < 100; n++)
          await site.filled(bookmarks, bearerOf(`p${n}`), "x".repeat(1_000), { client: `c${n}` });
        const before = rig.origin.asked.length;
        expect(entryOf(await site.read(articles, ann)).source).toBe("stored");
        expect(rig.origin.asked.length).toBe(before);
      },
      { limits: { keeperMemoryBytes: 60_000, newKeysPerClientPerMinute: 10_000 } },
    ),
  );

  it(
    "are purged with the rest",
    onSite(async (site, rig) => {
      await site.filled(bookmarks, ann, "ann's");
      const { key } = await site.keyed(bookmarks, ann);
      for (const purge of [
        { all: true },
        { table: BOOKMARKS },
        { prefix: "/rest/v1/bookmarks" },
        { keys: [key] },
      ] as const) {
        expect(await site.keeper.purge(purge)).toMatchObject({ purged: 1 });
        const again = site.read(bookmarks, ann, { boundMs: 60_000 });
        await settle();
        await rig.origin.answer("ann's");
        expect(entryOf(await again).source).toBe("flight");
      }
    }),
  );
});
