import { describe, expect, it } from "vitest";
import { networksOf } from "../../gateway/classify/client-networks.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import { ORIGIN_CONCURRENCY } from "../fills/fills.ts";
import { AUTHORS, changeOf, entryOf, readOf } from "../testing/fixtures.ts";
import { FLIGHT_DEADLINE_MS, fill, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { FAILURES_PER_MINUTE } from "./clients.ts";

const GREEDY = { client: "203.0.113.1. 203.0.113. 203.0." };
const HONEST = { client: "198.51.100.1. 198.51.100. 198.51." };
const SITE = { client: networksOf("192.0.2.1") };
const BUDGET = { kind: "direct", reason: "budget" };

const raise = (): never => {
  throw new Error("the origin was not asked");
};
const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("origin requests", () => {
  it(
    "I11. of one client that are slow and fail leave places to others, and are then refused",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const slow = range(130).map((n) => fill(keeper, readOf(`slow${n}`), GREEDY));
      await settle();
      // It gets all places, half of them as a loan, because no other client wants any.
      expect(rig.origin.asked).toHaveLength(ORIGIN_CONCURRENCY);
      const honest = range(10).map((n) => fill(keeper, readOf(`honest${n}`), HONEST));
      await settle();
      expect(rig.origin.asked).toHaveLength(ORIGIN_CONCURRENCY + 10);
      for (const { read, answer } of rig.origin.asked) if (read.key.startsWith("honest")) answer("mine");
      for (const answer of honest) expect(entryOf(await answer).text).toBe("mine");
      await rig.clock.advance(2 * FLIGHT_DEADLINE_MS);
      const answers = await Promise.all(slow);
      const direct = answers.filter((answer) => answer.kind === "direct");
      expect(direct).toHaveLength(130 - ORIGIN_CONCURRENCY);
      expect(direct[0]).toEqual(BUDGET);
      // It failed more often than allowed and has regained three since. Its valid answers are still served, and known
      // failures do not stop others.
      for (const n of range(3)) fill(keeper, readOf(`again${n}`), GREEDY);
      await settle();
      expect(await fill(keeper, readOf("another"), GREEDY)).toEqual(BUDGET);
      expect(entryOf(await fill(keeper, readOf("honest0"), GREEDY)).text).toBe("mine");
      expect(entryOf(await rig.filled(keeper, readOf("slow0"), "fast", HONEST)).text).toBe("fast");
    }),
  );

  it(
    "I11. that failed are forgiven over time",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (const n of range(FAILURES_PER_MINUTE)) {
        const answer = fill(keeper, readOf(`down${n}`), GREEDY);
        await settle();
        const { answer: end } = rig.origin.asked.at(-1) ?? raise();
        await rig.filled(keeper, readOf(`well${n}`), "well", HONEST);
        end({ kind: "failed", reason: "unreachable" });
        expect((await answer).kind).toBe("failed");
      }
      const atOnce = async (name: string) => {
        const before = rig.origin.asked.length;
        const asked = range(40).map((n) => fill(keeper, readOf(`${name}${n}`), GREEDY));
        await settle();
        const flights = rig.origin.asked.slice(before);
        for (const { answer } of flights) answer("up");
        await Promise.all(asked);
        return flights.length;
      };
      expect(await atOnce("first")).toBe(1);
      expect(await atOnce("second")).toBe(1);
      await rig.clock.advance((5 * 60_000) / FAILURES_PER_MINUTE);
      expect(await atOnce("third")).toBe(7);
      await rig.clock.advance((10 * 60_000) / FAILURES_PER_MINUTE);
      expect(await atOnce("fourth")).toBe(40);
    }),
  );

  it(
    "I11. of an honest client wait for at most one flight of each client before it",
    onStorage(async (rig) => {
      const keeper = rig.start();
      // Flooders, each with ten waiting reads, leave no place free.
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

/** One address for all readers of a site: a rendering server, an office, a proxy. */
describe("a site whose readers share one address", () => {
  it(
    "I9. is filled again as soon as the origin recovers, after 30 s in which all its reads timed out",
    onStorage(async (rig) => {
      const keeper = rig.start();
      await rig.filled(keeper, readOf("before"), "well", HONEST);
      await rig.clock.advance(1);
      for (const second of range(30)) {
        for (const n of range(4)) fill(keeper, readOf(`down${second}-${n}`), SITE);
        await rig.clock.advance(1_000);
      }
      await rig.clock.advance(FLIGHT_DEADLINE_MS);
      const before = rig.origin.asked.length;
      const reads = range(40).map((n) => fill(keeper, readOf(`up${n}`), SITE));
      await settle();
      for (const { answer } of rig.origin.asked.slice(before)) answer("up");
      const answers = await Promise.all(reads);
      expect(answers.map(({ kind }) => kind)).toEqual(range(40).map(() => "entry"));
    }),
  );

  it(
    "I9. is filled again, too, if other clients' reads failed as well",
    onStorage(async (rig) => {
      const keeper = rig.start();
      for (const client of [SITE, HONEST])
        await rig.filled(keeper, readOf(`well${client.client}`), "well", client);
      await rig.clock.advance(1);
      for (const n of range(60))
        for (const client of [SITE, HONEST]) fill(keeper, readOf(`down${n}${client.client}`), client);
      await rig.clock.advance(2 * FLIGHT_DEADLINE_MS);
      const before = rig.origin.asked.length;
      for (const n of range(20))
        for (const client of [HONEST, SITE]) fill(keeper, readOf(`up${n}${client.client}`), client);
      await settle();
      expect(rig.origin.asked.length - before).toBe(40);
    }),
  );

  it(
    "I11. may have 200 concurrent misses, none of which is refused",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const reads = range(200).map((n) => fill(keeper, readOf(`page${n}`), SITE));
      await settle();
      expect(rig.origin.asked).toHaveLength(ORIGIN_CONCURRENCY);
      for (let n = 0; n < rig.origin.asked.length; n++) {
        rig.origin.asked[n]?.answer("page");
        await settle();
      }
      const answers = await Promise.all(reads);
      expect(answers.filter(({ kind }) => kind !== "entry")).toEqual([]);
    }),
  );

  it(
    "I9. is told to ask the origin directly after waiting too long for a place, not that the origin failed",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const reads = range(100).map((n) => fill(keeper, readOf(`slow${n}`), SITE));
      await settle();
      await rig.clock.advance(3 * FLIGHT_DEADLINE_MS);
      const answers = await Promise.all(reads);
      expect(rig.origin.asked).toHaveLength(ORIGIN_CONCURRENCY);
      expect(answers.filter(({ kind }) => kind === "failed")).toHaveLength(ORIGIN_CONCURRENCY);
      expect(answers.slice(ORIGIN_CONCURRENCY)).toEqual(range(100 - ORIGIN_CONCURRENCY).map(() => BUDGET));
    }),
  );

  it(
    "I3. or is rendered on Workers, which share their address with strangers, is charged for no failure",
    onStorage(async (rig) => {
      const keeper = rig.start();
      const workers = { client: networksOf("2a06:98c0:3600::103") };
      for (const n of range(2 * FAILURES_PER_MINUTE)) {
        fill(keeper, readOf(`down${n}`), workers);
        await settle();
        const { answer } = rig.origin.asked.at(-1) ?? raise();
        await rig.filled(keeper, readOf(`well${n}`), "well", HONEST);
        answer({ kind: "failed", reason: "unreachable" });
        await settle();
      }
      const before = rig.origin.asked.length;
      for (const n of range(30)) fill(keeper, readOf(`up${n}`), workers);
      await settle();
      expect(rig.origin.asked.length - before).toBe(30);
    }),
  );
});

describe("a flood of keys by one client", () => {
  for (const [name, times] of Object.entries({ "once-asked": 1, "thrice-asked": 3 })) {
    it(
      `I11. of ${name} keys evicts no key that several clients ask for`,
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
    "I11. evicts a key that was not read for an hour, however many clients once read it",
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
    "I11. above the keeper's mark does not make it doubt its storage: only a fence's position does",
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
