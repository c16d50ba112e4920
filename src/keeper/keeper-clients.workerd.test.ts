import { describe, expect, it } from "vitest";
import { settle } from "../cache/virtual-clock.ts";
import { FAILURES_PER_MINUTE, MISSES_WAITING_PER_CLIENT, ORIGIN_CONCURRENCY } from "./constants.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "./testing/fixtures.ts";
import { FLIGHT_DEADLINE_MS, fill, sync } from "./testing/rig.ts";
import { onStorage } from "./testing/storage.ts";

const GREEDY = { client: "203.0.113.1. 203.0.113. 203.0." };
const HONEST = { client: "198.51.100.1. 198.51.100. 198.51." };
const BUDGET = { kind: "direct", reason: "budget" };

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("origin requests", () => {
  it(
    "11. of one client that are slow and fail leave others a place, and then are its own to make",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const slow = range(130).map((n) => fill(keeper, readOf(`slow${n}`), GREEDY));
      await settle();
      // Half of the places, and as many wait as may.
      const half = ORIGIN_CONCURRENCY / 2;
      expect(rig.origin.asked).toHaveLength(half);
      const honest = fill(keeper, readOf("honest"), HONEST);
      await settle();
      expect(rig.origin.asked).toHaveLength(half + 1);
      await rig.origin.answer("mine");
      expect(entryOf(await honest).text).toBe("mine");
      await rig.clock.advance(2 * FLIGHT_DEADLINE_MS);
      const answers = await Promise.all(slow);
      const direct = answers.filter((answer) => answer.kind === "direct");
      expect(direct).toHaveLength(130 - half - MISSES_WAITING_PER_CLIENT);
      expect(direct[0]).toEqual(BUDGET);
      // It has failed more often than it may: what stands it is still given, and known failures do not stop others.
      expect(await fill(keeper, readOf("another"), GREEDY)).toEqual(BUDGET);
      expect(entryOf(await fill(keeper, readOf("honest"), GREEDY)).text).toBe("mine");
      expect(entryOf(await rig.filled(keeper, readOf("slow0"), "fast", HONEST)).text).toBe("fast");
    }),
  );

  it(
    "11. that failed are forgiven with time",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (const n of range(FAILURES_PER_MINUTE)) {
        const answer = fill(keeper, readOf(`down${n}`), GREEDY);
        await settle();
        await rig.origin.answer({ kind: "failed", reason: "unreachable" });
        expect((await answer).kind).toBe("failed");
      }
      expect(await fill(keeper, readOf("up"), GREEDY)).toEqual(BUDGET);
      await rig.clock.advance(60_000 / FAILURES_PER_MINUTE);
      expect(entryOf(await rig.filled(keeper, readOf("up"), "up", GREEDY)).text).toBe("up");
    }),
  );

  it(
    "11. of an honest client wait for no more flights of others than there are clients before it",
    onStorage(async (rig) => {
      const keeper = rig.start();
      // So many flooders that no place is left, each with ten reads that wait.
      const flooders = range(80).map((n) => ({ client: `flooder${n}` }));
      for (const [n, client] of flooders.entries())
        for (const m of range(11)) fill(keeper, readOf(`flood${n}-${m}`), client);
      await settle();
      expect(rig.origin.asked).toHaveLength(ORIGIN_CONCURRENCY);
      fill(keeper, readOf("honest"), HONEST);
      const clientsBefore = flooders.length;
      let ended = 0;
      while (!rig.origin.asked.some(({ read }) => read.key === "honest")) {
        rig.origin.asked[ended++]?.answer("flood");
        await settle();
      }
      expect(ended).toBeLessThanOrEqual(clientsBefore);
    }),
  );
});

describe("a flood of keys by one client", () => {
  for (const [name, times] of Object.entries({ "once-asked": 1, "thrice-asked": 3 })) {
    it(
      `11. of ${name} keys evicts no key that several clients ask for`,
      onStorage(async (rig) => {
        const keeper = rig.start({ limits: { maxKeys: 100, newKeysPerClientPerMinute: 100_000 } });
        const wanted = range(50).map((n) => readOf(`wanted${n}`));
        for (const read of wanted) {
          await rig.filled(keeper, read, "mine", HONEST);
          await fill(keeper, read, { client: "someone else" });
        }
        for (const n of range(500)) {
          await rig.clock.advance(1);
          const read = readOf(`flood${n}`, AUTHORS);
          await rig.filled(keeper, read, "flood", GREEDY);
          for (let again = 1; again < times; again++) await fill(keeper, read, GREEDY);
        }
        const { entries } = await keeper.entries({ prefix: "", cursor: null, limit: 100 });
        const left = new Set(entries.map(({ key }) => key));
        expect(wanted.filter(({ key }) => !left.has(key))).toEqual([]);
        expect((await keeper.stats(null)).evictions).toBeGreaterThan(300);
      }),
    );
  }

  it(
    "11. evicts a key that nobody has asked for in an hour, however many once did",
    onStorage(async (rig) => {
      const keeper = rig.start({ limits: { maxKeys: 2 } });
      await rig.filled(keeper, readOf("old"), "old", HONEST);
      for (const n of range(9)) await fill(keeper, readOf("old"), { client: `once${n}` });
      await rig.clock.advance(3_600_001);
      for (const key of ["one", "two"]) await rig.filled(keeper, readOf(key), key, HONEST);
      const { entries } = await keeper.entries({ prefix: "", cursor: null, limit: 9 });
      expect(entries.map(({ key }) => key)).toEqual(["one", "two"]);
    }),
  );
});

describe("a token", () => {
  it(
    "11. above the keeper's mark does not make it doubt its storage: only a fence's position does",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, readOf("a"), "a");
      await keeper.ingest([changeOf()]);
      const { position } = await sync(keeper);
      const forged = { ...position, mark: position.mark + 1_000 };
      expect((await sync(keeper, { token: forged })).position).toEqual(position);
      expect(await fill(keeper, readOf("a"), { token: forged })).toMatchObject({ reason: "behind" });
      expect((await sync(rig.start(), { since: position })).position).toEqual(position);
      expect(rig.incarnations).toBe(1);
    }),
  );
});
