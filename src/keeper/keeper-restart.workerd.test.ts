import { describe, expect, it } from "vitest";
import { settle } from "../runtime/virtual-clock.ts";
import { bucketOf, keyName } from "./protocol/names.ts";
import { STATISTICS_FLUSH_MS } from "./statistics/statistics.ts";
import { Description } from "./storage/description.ts";
import { migrate } from "./storage/migrations.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "./testing/fixtures.ts";
import { fill, sync } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

const read = readOf("a");

describe("a restart", () => {
  it(
    "I4. on the same storage keeps mark, buckets, keys and generation",
    onStorage(async (rig) => {
      const first = rig.start();
      const { entry } = entryOf(await rig.filled(first, read, "body"));
      await rig.filled(first, readOf("b", AUTHORS), "b");
      await first.ingest([changeOf(AUTHORS)]);
      const before = await sync(first);
      const second = rig.start();
      expect(await sync(second)).toEqual(before);
      expect((await second.stats(null)).keys).toBe(2);
      expect(await fill(second, read, { have: entry })).toMatchObject({ kind: "good" });
      expect(rig.incarnations).toBe(1);
    }),
  );

  it(
    "I4. forgets no key: a change after it invalidates one that was registered before",
    onStorage(async (rig) => {
      const { entry } = entryOf(await rig.filled(rig.start(), read, "body"));
      const keeper = rig.start();
      const { affected, position } = await keeper.ingest([changeOf()]);
      expect(affected).toBe(1);
      expect((await sync(keeper)).raised.get(bucketOf(keyName("a")))).toBe(position.mark);
      fill(keeper, read, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I4. forgets no change: what was invalidated before it is not still good after",
    onStorage(async (rig) => {
      const first = rig.start();
      const { entry } = entryOf(await rig.filled(first, read, "body"));
      await first.ingest([changeOf()]);
      fill(rig.start(), read, { have: entry });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I4. in mid-fill: a key is known as soon as anybody has an answer of it, and no sooner (P7)",
    onStorage(async (rig) => {
      const first = rig.start();
      fill(first, read);
      await settle();
      expect((await rig.start().ingest([changeOf()])).affected).toBe(0);
      await rig.filled(rig.start(), read, "body");
      expect((await rig.start().ingest([changeOf()])).affected).toBe(1);
    }),
  );

  it(
    "I1. keeps no proof by begin: a body of an earlier instance counts only by its mark (P3)",
    onStorage(async (rig) => {
      await rig.filled(rig.start(), read, "body");
      await rig.clock.advance(10);
      const keeper = rig.start();
      await keeper.ingest([changeOf()]);
      fill(keeper, read, { boundMs: 60_000 });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I4. with its storage lost is another incarnation, which refuses all earlier entries",
    onStorage(async (rig, sql) => {
      const first = rig.start();
      const { entry } = entryOf(await rig.filled(first, read, "body"));
      const before = (await first.stats(null)).position;
      for (const { name } of sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
      )) {
        sql.exec(`DROP TABLE "${name}"`);
      }
      const keeper = rig.start();
      const { position } = await keeper.stats(null);
      expect(position.generation).not.toBe(before.generation);
      expect(await fill(keeper, read, { have: entry, at: before })).toMatchObject({ reason: "generation" });
      expect((await sync(keeper, { since: before })).full).toBe(true);
    }),
  );

  it(
    "I4. with a changed configuration is another generation, whose floor refuses all earlier entries",
    onStorage(async (rig) => {
      const first = rig.start();
      await rig.filled(first, read, "body");
      const before = (await first.stats(null)).position;
      const second = rig.start({ configHash: "config-2" });
      const between = (await second.stats(null)).position;
      expect(between.generation).not.toBe(before.generation);
      expect(between.mark).toBeGreaterThan(before.mark);
      expect((await second.stats(null)).keys).toBe(0);
      // And back again: the generation has the name of the first one, but does not accept its entries.
      const third = rig.start();
      const { position, floor } = await sync(third, { since: before });
      expect(position.generation).toBe(before.generation);
      expect(floor).toBeGreaterThan(before.mark);
      fill(third, read, { have: before });
      await settle();
      expect(rig.origin.asked).toHaveLength(2);
    }),
  );

  it(
    "I11. keeps the statistics, the mode and the day's budget",
    onStorage(async (rig) => {
      const first = rig.start();
      await rig.filled(first, read, "body");
      await first.setMode("shadow");
      await rig.clock.advance(STATISTICS_FLUSH_MS);
      const before = await first.stats(null);
      expect(before).toMatchObject({ fills: 1, originRequests: 1, mode: "shadow" });
      // The storage goes on counting the rows that it is asked for.
      expect(await rig.start().stats(null)).toEqual({ ...before, operations: expect.anything() });
      await first.resetStats();
      expect(await rig.start().stats(null)).toMatchObject({ fills: 0, originRequests: 0, mode: "shadow" });
    }),
  );
});

describe("migrations", () => {
  const schemaOf = (sql: Parameters<typeof migrate>[0]) =>
    sql.exec("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name");

  it(
    "I4. make an empty storage current, once",
    onStorage(async (_rig, sql) => {
      migrate(sql);
      const schema = schemaOf(sql);
      expect(schema.length).toBeGreaterThan(4);
      migrate(sql);
      expect(schemaOf(sql)).toEqual(schema);
      expect(sql.exec("SELECT version FROM migrations")).toEqual([
        { version: 1 },
        { version: 2 },
        { version: 3 },
        { version: 4 },
        { version: 5 },
        { version: 6 },
      ]);
    }),
  );

  it(
    "I4. upgrade the storage of version 1, marks included",
    onStorage(async (rig, sql) => {
      migrate(sql, 1);
      sql.exec(
        "INSERT INTO meta (name, value) VALUES ('mark', 7), ('incarnation', 'old'), ('generation', 'old.1.c')",
      );
      sql.exec("INSERT INTO buckets (bucket, mark) VALUES (3, 7)");
      sql.exec("INSERT INTO keys (id, key, registered_at, read) VALUES (1, 'a', 5, '{}')");
      const { position, keys } = await rig.start().stats(null);
      expect(position.generation).toMatch(/^old\./);
      expect(position.mark).toBe(8);
      expect(keys).toBe(0);
    }),
  );

  it(
    "I4. keep a description that version 2 stored",
    onStorage(async (_rig, sql) => {
      migrate(sql, 2);
      sql.exec("INSERT INTO meta (name, value) VALUES ('described', '{\"ä\":1}'), ('schema_version', 4)");
      migrate(sql);
      expect(sql.exec("SELECT name FROM meta")).toEqual([{ name: "schema_version" }]);
      expect(new Description(sql).read()).toBe('{"ä":1}');
    }),
  );

  it(
    "I4. leave the current version's storage as it is",
    onStorage(async (rig, sql) => {
      await rig.filled(rig.start(), read, "body");
      const rows = () => JSON.stringify(sql.exec("SELECT * FROM keys"));
      const before = rows();
      migrate(sql);
      expect(rows()).toBe(before);
    }),
  );
});
