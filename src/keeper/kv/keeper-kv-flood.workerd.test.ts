import { expect, it } from "vitest";
import type { Keeper } from "../keeper.ts";
import { readOf } from "../testing/fixtures.ts";
import { fill, type Rig } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";

const limits = { kvWritesPerDay: 900, newKeysPerClientPerMinute: 100_000 };

/** Asks for 950 cheap queries three times, in 17 s; `clients` take turns. */
async function flood(rig: Rig, keeper: Keeper, clients: readonly string[]): Promise<void> {
  for (let n = 0; n < 950; n++) {
    const read = readOf(`flood${n}`);
    const [first = "", second = first, third = first] = clients;
    await rig.filled(keeper, read, "[]", { client: first });
    for (const client of [second, third]) await fill(keeper, read, { client });
    if (n % 50 === 0) await rig.clock.advance(850);
  }
  await rung(rig, keeper, 1_000);
}

/** Lets this much time pass, and runs the alarm whenever it is due. */
async function rung(rig: Rig, keeper: Keeper, milliseconds: number): Promise<void> {
  const end = rig.clock.now() + milliseconds;
  while (rig.alarmAt <= end) await rig.ring(keeper);
  await rig.clock.advance(end - rig.clock.now());
}

it(
  "I11. one client's repetition buys no write to KV",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits });
    await flood(rig, keeper, ["203.0.113.1. 203.0.113. 203.0."]);
    expect(rig.store.puts).toHaveLength(0);
    expect((await keeper.stats(null)).owedKvWrites).toBe(0);
  }),
);

it(
  "I11. two networks of one flooder get a share of the writes, and hold up no key that several clients want",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits });
    await flood(rig, keeper, ["203.0.113.1. 203.0.113. 203.0.", "2001:db8:1:2: 2001:db8:1: 2001:db8:"]);
    expect(rig.store.puts).toHaveLength(56);
    const wanted = Array.from({ length: 40 }, (_, n) => readOf(`wanted${n}`));
    for (const read of wanted) {
      await rig.filled(keeper, read, "[1]", { client: "a" });
      for (const client of ["b", "c", "d", "e"]) await fill(keeper, read, { client });
    }
    await rung(rig, keeper, 180_000);
    const put = new Set(rig.store.puts.map(({ key }) => key));
    expect(wanted.filter(({ key }) => !put.has(key))).toEqual([]);
  }),
);

it(
  "I11. when everything is spent, the next available write goes to the key in most demand",
  onStorage(async (rig) => {
    const keeper = rig.start({ limits });
    const wanted = Array.from({ length: 300 }, (_, n) => readOf(`wanted${n}`));
    for (const [n, read] of wanted.entries()) {
      await rig.filled(keeper, read, "[1]", { client: `a${n}` });
      for (const client of ["b", "c", "d", "e"]) await fill(keeper, read, { client });
    }
    await rung(rig, keeper, 60_000);
    const before = rig.store.puts.length;
    expect(before).toBe(225);
    const hot = readOf("hot");
    await rig.filled(keeper, hot, "[2]", { client: "a" });
    for (let n = 0; n < 20; n++) await fill(keeper, hot, { client: `reader${n}` });
    // One write accrues every 128 s, and refused keys are checked once a minute.
    await rung(rig, keeper, 4 * 60_000);
    expect(rig.store.puts.at(before)?.key).toBe("hot");
  }),
);
