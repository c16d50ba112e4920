import { describe, expect, it } from "vitest";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Keeper } from "../keeper.ts";
import type { Sql } from "../ports/ports.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { migrate } from "../storage/migrations.ts";
import { ARTICLES, AUTHORS, changeOf, entryOf, FOOTPRINTS, readOf, responseOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const MEGABYTE = 1_000_000;
const DECLARED = { tables: new Set([ARTICLES, AUTHORS]), dependsOn: new Map() };

/** Footprints of real queries, by the configuration alone. */
const REAL = {
  ...FOOTPRINTS,
  version: "real",
  of: (asked: Read) => footprintOf(asked, parseQuery(asked.relation, asked.search), DECLARED),
};

function asking(search: string): CacheableRead {
  const path = `/rest/v1/articles?${search}`;
  const asked = { schema: "public", relation: "articles", search };
  return { ...readOf(path), path, asked };
}

const filler = (length: number) => "x".repeat(length);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** More keys than the registry of a small keeper holds. */
const LARGE = numbers(80).map((n) => asking(`title=eq.${n}${filler(7_000)}`));

/** The storage, and how many characters have been read from it. */
function counted(sql: Sql): { readonly sql: Sql; characters: number } {
  const counting = {
    characters: 0,
    sql: {
      ...sql,
      exec: ((query, ...bindings) => {
        const rows = sql.exec(query, ...bindings);
        for (const value of rows.flatMap((row) => Object.values(row)))
          if (typeof value === "string") counting.characters += value.length;
        return rows;
      }) as Sql["exec"],
    },
  };
  return counting;
}

async function pathsOf(keeper: Keeper): Promise<string[]> {
  const { entries } = await keeper.entries({ prefix: "", cursor: null, limit: 1_000 });
  return entries.map(({ path }) => path);
}

async function filledAll(rig: Rig, keeper: Keeper, reads: readonly CacheableRead[]): Promise<void> {
  for (const read of reads) await rig.filled(keeper, read, "[]");
}

describe("the registry's memory", () => {
  it(
    "I11. is bounded by bytes: the keys in least demand are evicted and invalidated",
    onStorage(async (rig) => {
      rig.footprints = REAL;
      const keeper = rig.start({ limits: { registryBytes: MEGABYTE } });
      for (const read of LARGE) {
        await rig.filled(keeper, read, "[]");
        expect((await keeper.stats(null)).registryBytes).toBeLessThanOrEqual(MEGABYTE);
      }
      const { keys, evictions, position } = await keeper.stats(null);
      expect(keys).toBeGreaterThan(10);
      expect(keys + evictions).toBe(LARGE.length);
      expect(position.mark).toBeGreaterThan(1);
      expect(await pathsOf(keeper)).toContain(LARGE.at(-1)?.path);
    }),
  );

  it(
    "I11. is counted the same after a restart, and as zero when all keys are gone",
    onStorage(async (rig) => {
      rig.footprints = REAL;
      const keeper = rig.start();
      await filledAll(rig, keeper, [...LARGE.slice(0, 5), asking("select=id"), asking("id=eq.1")]);
      const { registryBytes } = await keeper.stats(null);
      const next = rig.start();
      expect((await next.stats(null)).registryBytes).toBe(registryBytes);
      await pathsOf(next);
      expect((await next.stats(null)).registryBytes).toBe(registryBytes);
      expect((await rig.start({ configHash: "other" }).stats(null)).registryBytes).toBe(0);
    }),
  );

  it(
    "I7. a query that would take too much memory is tracked by its relations: any change of them touches it, no other",
    onStorage(async (rig, sql) => {
      rig.footprints = REAL;
      const keeper = rig.start();
      const tree = asking(`or=(${numbers(600).map((n) => `views.eq.${n}`)})`);
      await rig.filled(keeper, tree, "[]");
      const [{ size } = { size: 0 }] = sql.exec<{ size: number }>(
        "SELECT sum(length(shape)) AS size FROM shapes",
      );
      expect(size).toBeLessThan(1_000);
      expect((await keeper.stats(null)).registryBytes).toBeLessThan(20_000);
      expect((await keeper.ingest([changeOf(AUTHORS)])).affected).toBe(0);
      expect((await keeper.ingest([changeOf()])).affected).toBe(1);
    }),
  );

  it.each([
    ["a key", { key: filler(100_000) }],
    ["a path", { path: filler(100_000) }],
    ["a stored read that no row holds", { headers: { "x-tenant": filler(3 * MEGABYTE) } }],
  ])("I11. %s over its cap is not registered, and nothing of it is kept", (_what, part) =>
    onStorage(async (rig, sql) => {
      const keeper = rig.start();
      const answer = await fill(keeper, { ...readOf("a"), ...part });
      expect(answer).toEqual({ kind: "direct", reason: "key-too-large" });
      expect(await keeper.stats(null)).toMatchObject({ keys: 0, registryBytes: 0 });
      expect(sql.exec("SELECT count(*) AS n FROM shapes")).toEqual([{ n: 0 }]);
    })(),
  );
});

describe("a storage that holds more than fits in memory", () => {
  it(
    "I11. loads what the caps allow: the rest is deleted unread, and the floor is raised",
    onStorage(async (rig, sql) => {
      rig.footprints = REAL;
      const first = rig.start({ limits: { registryBytes: 50 * MEGABYTE } });
      await filledAll(rig, first, LARGE);
      // Each key has a shape of its own.
      await filledAll(
        rig,
        first,
        numbers(20).map((n) =>
          asking(
            `select=a${n}:id&title=like.${filler(99)}&or=(${numbers(90).map((at) => `c${n}_${at}.eq.1`)})`,
          ),
        ),
      );
      const { keys, position } = await first.stats(null);
      expect(keys).toBe(100);
      const reading = counted(sql);
      rig.sql = reading.sql;
      const next = rig.start({ limits: { registryBytes: MEGABYTE } });
      expect(reading.characters).toBeLessThan(10_000);
      const stats = await next.stats(null);
      expect(stats.registryBytes).toBeLessThanOrEqual(MEGABYTE);
      expect(stats.evictions).toBe(keys - stats.keys);
      expect((await sync(next)).floor).toBeGreaterThan(position.mark);
      await next.ingest([changeOf()]);
      expect(reading.characters).toBeLessThan(2 * MEGABYTE);
      expect((await pathsOf(next)).length).toBe(stats.keys);
    }),
  );

  it(
    "I11. does so, too, after the cap on keys was lowered",
    onStorage(async (rig) => {
      await filledAll(
        rig,
        rig.start(),
        numbers(40).map((n) => readOf(`k${n}`)),
      );
      const keeper = rig.start({ limits: { maxKeys: 10 } });
      expect((await keeper.stats(null)).keys).toBeLessThanOrEqual(10);
      expect(entryOf(await rig.filled(keeper, readOf("new"), "new")).text).toBe("new");
    }),
  );

  it(
    "I11. of version 3 is deleted unread",
    onStorage(async (rig, sql) => {
      migrate(sql, 3);
      const meta =
        "INSERT INTO meta (name, value) VALUES ('mark', 7), ('incarnation', 'old'), ('generation', ?)";
      sql.exec(meta, `old.3.${"config-1"}.whole`);
      for (const n of numbers(40)) {
        const shape = {
          relations: [ARTICLES],
          caveats: [],
          shape: JSON.stringify({ n, filler: filler(140_000) }),
        };
        sql.exec("INSERT INTO shapes (id, shape) VALUES (?, ?)", n, JSON.stringify(shape));
        sql.exec("INSERT INTO keys VALUES (?, ?, ?, ?, 1, ?, '[]', '{}')", n, `k${n}`, `/k${n}`, ARTICLES, n);
      }
      const reading = counted(sql);
      rig.sql = reading.sql;
      const keeper = rig.start();
      await keeper.ingest([changeOf()]);
      expect(reading.characters).toBeLessThan(10_000);
      expect((await keeper.stats(null)).keys).toBe(0);
      expect((await sync(keeper)).floor).toBeGreaterThan(7);
    }),
  );
});

describe("a key whose first fill fails", () => {
  const read = readOf("a");

  it.each([
    ["gives no answer", { kind: "failed", reason: "unreachable" }],
    ["gives one that may not be shared", { kind: "unshareable", reason: "set-cookie" }],
    ["gives an error of its own", responseOf("no", 503)],
  ] as const)("I11. is not kept when the origin %s; all waiting callers are told", (_what, answer) =>
    onStorage(async (rig, sql) => {
      const keeper = rig.start();
      const answers = [fill(keeper, read), fill(keeper, read, { boundMs: 10_000 })];
      await settle();
      expect((await keeper.stats(null)).keys).toBe(1);
      await rig.origin.answer(answer);
      const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
      expect(kinds).toEqual([kinds[0], kinds[0]]);
      expect(kinds[0]).not.toBe("entry");
      expect(rig.origin.asked).toHaveLength(1);
      expect(await keeper.stats(null)).toMatchObject({ keys: 0, registryBytes: 0, evictions: 0 });
      for (const table of ["keys", "shapes"]) expect(sql.exec(`SELECT * FROM ${table}`)).toEqual([]);
    })(),
  );

  it(
    "I9. starts with the current mark when it is requested again, and later changes find it",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, readOf("other"), "other");
      await rig.origin.answer("other");
      const failing = fill(keeper, read);
      await settle();
      await rig.origin.answer({ kind: "failed", reason: "timeout" });
      await failing;
      const { position } = await keeper.ingest([changeOf()]);
      const { entry } = entryOf(await rig.filled(keeper, read, "one"));
      expect(entry.mark).toBe(position.mark);
      expect(await fill(keeper, read, { have: { ...position, mark: position.mark - 1 } })).toMatchObject({
        kind: "entry",
      });
      expect((await keeper.ingest([changeOf()])).affected).toBe(2);
    }),
  );

  it(
    "I7. is kept for the waiting successor, whose answer counts",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const first = fill(keeper, read);
      await settle();
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(1);
      const second = fill(keeper, read);
      await settle();
      await rig.origin.answer(responseOf("no", 404));
      expect((await first).kind).toBe("relay");
      expect((await keeper.stats(null)).keys).toBe(1);
      await rig.origin.answer("yes");
      const { entry, accepted } = entryOf(await second);
      expect(accepted).toBe(true);
      expect(entry.mark).toBe((await keeper.stats(null)).position.mark);
      expect((await keeper.stats(null)).keys).toBe(1);
    }),
  );

  it(
    "I9. is kept if this instance, or as far as it knows an earlier one, ever returned an answer of it",
    onStorage(async (rig) => {
      const first = rig.start();
      await rig.filled(first, read, "one");
      for (const keeper of [first, rig.start()]) {
        await keeper.ingest([changeOf()]);
        const failing = fill(keeper, read);
        await settle();
        await rig.origin.answer({ kind: "failed", reason: "unreachable" });
        await failing;
        expect((await keeper.stats(null)).keys).toBe(1);
      }
    }),
  );

  it(
    "I11. is kept if the database refuses: a repeated request does not register it each time",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (let time = 0; time < 5; time++) {
        const answer = fill(keeper, read);
        await settle();
        await rig.origin.answer(responseOf("no", 404));
        expect((await answer).kind).toBe("relay");
        await rig.clock.advance(1_000);
      }
      expect((await keeper.stats(null)).keys).toBe(1);
      // Nothing of it can be stale, so it need not be stored.
      expect(rig.sql.exec("SELECT id FROM keys")).toEqual([]);
      await rig.filled(keeper, read, "yes");
      expect(rig.sql.exec("SELECT id FROM keys")).toEqual([{ id: 1 }]);
    }),
  );
});
