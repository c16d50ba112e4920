import { expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Keeper } from "../keeper.ts";
import type { Sql } from "../ports/ports.ts";
import { changeOf, readOf } from "../testing/fixtures.ts";
import { fill, type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const KEYS = { newKeysPerClientPerMinute: 100_000 };

/** Counts the statements of keepers that are started from now on. */
function counted(rig: Rig): string[] {
  const statements: string[] = [];
  const { sql } = rig;
  const exec: Sql["exec"] = (query, ...bindings) => {
    statements.push(query);
    return sql.exec(query, ...bindings);
  };
  rig.sql = { ...sql, exec };
  return statements;
}

/** Fills this many keys, each for two clients, without an alarm. */
async function filledTwice(rig: Rig, keeper: Keeper, name: string, count: number): Promise<string[]> {
  const reads = Array.from({ length: count }, (_, n) => readOf(`${name}${n}`));
  for (const read of reads) {
    await rig.filled(keeper, read, "[]", { client: "one" });
    await fill(keeper, read, { client: "another" });
  }
  return reads.map(({ key }) => key);
}

/** Lets this much time pass, runs the alarm whenever it is due, and returns how often it ran. */
async function rung(rig: Rig, keeper: Keeper, milliseconds: number): Promise<number> {
  const end = rig.clock.now() + milliseconds;
  let alarms = 0;
  for (; rig.alarmAt <= end; alarms++) await rig.ring(keeper);
  await rig.clock.advance(end - rig.clock.now());
  return alarms;
}

for (const kvWritesPerDay of [900, 10_000])
  it(
    `I11. a reported read costs no statement while nothing more may be owed, with ${kvWritesPerDay} writes a day`,
    onStorage(async (rig) => {
      const statements = counted(rig);
      const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay } });
      await filledTwice(rig, keeper, "owed", 300);
      const { owedKvWrites } = await keeper.stats(null);
      expect(owedKvWrites).toBeGreaterThanOrEqual(200);
      expect(owedKvWrites).toBeLessThanOrEqual(256);
      const keysRead = await filledTwice(rig, keeper, "refused", 200);
      expect((await keeper.stats(null)).owedKvWrites).toBe(owedKvWrites);
      for (const secondsLater of [0, 90]) {
        await rig.clock.advance(secondsLater * 1_000);
        statements.length = 0;
        await sync(keeper, { report: { counts: {}, keysRead } });
        expect(statements.filter((query) => query.includes("owed"))).toEqual([]);
        expect(statements.length).toBeLessThan(10);
      }
    }),
  );

it(
  "I11. an owed body gives way to one in more demand, even if that demand grew after a refusal",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay: 8 } });
    await filledTwice(rig, keeper, "owed", 2);
    const [late = ""] = await filledTwice(rig, keeper, "late", 1);
    expect((await keeper.stats(null)).owedKvWrites).toBe(2);
    await fill(keeper, readOf(late), { client: "a third" });
    await rung(rig, keeper, 1_000);
    expect(rig.store.puts.map(({ key }) => key)).toContain(late);
  }),
);

it(
  "I11. once the budget is spent, refills of an owed key set no alarm and write no body; the newest body is put",
  onStorage(async (rig) => {
    const statements = counted(rig);
    const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay: 900 } });
    const wanted = Array.from({ length: 225 }, (_, n) => readOf(`wanted${n}`));
    for (const [n, read] of wanted.entries()) {
      await rig.filled(keeper, read, "[1]", { client: `a${n}` });
      for (const client of ["b", "c", "d", "e"]) await fill(keeper, read, { client });
    }
    await rung(rig, keeper, 1_000);
    expect(rig.store.puts).toHaveLength(225);
    await filledTwice(rig, keeper, "waits", 100);
    const hot = readOf("hot");
    await rig.filled(keeper, hot, "0", { client: "a" });
    for (let n = 0; n < 20; n++) await fill(keeper, hot, { client: `reader${n}` });
    await rung(rig, keeper, 1_000);
    statements.length = 0;
    let alarms = 0;
    for (let n = 1; n <= 100; n++) {
      await keeper.ingest([changeOf()]);
      await rig.filled(keeper, hot, `${n}`, { client: "a" });
      alarms += await rung(rig, keeper, 1_000);
    }
    // `fill` also reads the statistics, which count the rows.
    const ofOwed = statements.filter((query) => query.includes("owed") && !query.includes("count(*)"));
    const of = (start: string) => ofOwed.filter((query) => query.startsWith(start));
    expect(rig.store.puts).toHaveLength(225);
    const counts = { alarms, bodies: of("INSERT").length, selects: of("SELECT").length };
    expect(counts.alarms).toBeLessThanOrEqual(2);
    expect(counts).toMatchObject({ bodies: 0, selects: 0 });
    await rung(rig, keeper, 60_000);
    const put = rig.store.puts.at(225);
    expect([put?.key, new TextDecoder().decode(put?.entry.body)]).toEqual(["hot", "100"]);
  }),
);

it(
  "I2. an owed body that a refill has replaced and a change has touched is not put after a crash",
  onStorage(async (rig) => {
    const limits = { ...KEYS, kvWritesPerDay: 8 };
    const keeper = rig.start({ limits });
    await filledTwice(rig, keeper, "spends", 2);
    await rung(rig, keeper, 1_000);
    await filledTwice(rig, keeper, "hot", 1);
    await rung(rig, keeper, 1_000);
    await keeper.ingest([changeOf()]);
    await rig.filled(keeper, readOf("hot0"), "new", { client: "one" });
    const before = rig.store.puts.length;
    await rung(rig, rig.start({ limits }), 24 * 3_600_000);
    expect(rig.store.puts).toHaveLength(before);
  }),
);

it(
  "I11. a refill during the last available write is put with the next write",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay: 8 } });
    const key = readOf("changes");
    await filledTwice(rig, keeper, "spends", 1);
    await rung(rig, keeper, 1_000);
    await rig.filled(keeper, key, "old");
    for (const client of ["b", "c", "d", "e"]) await fill(keeper, key, { client });
    const gate = Promise.withResolvers<void>();
    rig.store.gate = gate.promise;
    const ringing = rig.ring(keeper);
    while (rig.store.puts.length < 2) await settle();
    await rig.clock.advance(1);
    await keeper.ingest([changeOf()]);
    await rig.filled(keeper, key, "new");
    gate.resolve();
    await ringing;
    expect((await keeper.stats(null)).owedKvWrites).toBe(1);
    await rung(rig, keeper, 4 * 3_600_000);
    expect(rig.store.puts.map(({ entry }) => new TextDecoder().decode(entry.body))).toEqual([
      "[]",
      "old",
      "new",
    ]);
    expect((await keeper.stats(null)).owedKvWrites).toBe(0);
  }),
);

it(
  "I11. a site with a single address gets the day's writes, except the reserve",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay: 900 } });
    const client = "203.0.113.1. 203.0.113. 203.0.";
    const pages = Array.from({ length: 50 }, (_, n) => readOf(`page${n}`));
    for (let hour = 0; hour < 24; hour++) {
      await keeper.ingest([changeOf()]);
      for (const read of pages) await rig.filled(keeper, read, "[]", { client });
      await rung(rig, keeper, 3_600_000);
    }
    expect(rig.store.puts.length).toBeGreaterThan(800);
    expect(rig.store.puts.length).toBeLessThanOrEqual(900);
  }),
);

it(
  "I11. a report before the first fill exempts no client from its share",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits: { ...KEYS, kvWritesPerDay: 900 } });
    const reads = Array.from({ length: 200 }, (_, n) => readOf(`flood${n}`));
    const clients = ["203.0.113.1. 203.0.113. 203.0.", "2001:db8:1:2: 2001:db8:1: 2001:db8:"];
    for (const read of reads) await rig.filled(keeper, read, "[]", { client: "elsewhere" });
    // The next instance has the keys, but knows of no demand for them.
    const next = rig.start({ limits: { ...KEYS, kvWritesPerDay: 900 } });
    await sync(next, { report: { counts: {}, keysRead: reads.map(({ key }) => key) } });
    for (const read of reads) {
      await rig.filled(next, read, "[]", { client: clients[0] ?? "" });
      await fill(next, read, { client: clients[1] ?? "" });
    }
    await rung(rig, next, 1_000);
    expect(rig.store.puts).toHaveLength(56);
  }),
);
