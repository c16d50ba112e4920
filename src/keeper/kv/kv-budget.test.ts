import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Demand } from "../keys/demand.ts";
import { KvBudget } from "./kv-budget.ts";

const [HOUR, DAY] = [3_600_000, 86_400_000];
const START = Date.UTC(2026, 10, 27, 13, 7);

/** A storage that outlives instances. */
function metaOf() {
  const values = new Map<string, string | number>();
  return {
    text: (name: string) => (values.get(name) as string | undefined) ?? null,
    set: (name: string, value: string | number) => void values.set(name, value),
  };
}

const WANTED = new Map<string, Demand>();

/** A key that this many networks asked for. */
function wantedBy(networks: number, first = 0): Demand {
  const known = WANTED.get(`${networks} ${first}`);
  if (known) return known;
  const demand = new Demand();
  WANTED.set(`${networks} ${first}`, demand);
  // These networks set different bits.
  for (let n = first; demand.level < networks; n++) demand.asked(`network ${n}`, START);
  return demand;
}

/** The largest number of these moments within any period of this length. */
function mostWithin(moments: readonly number[], milliseconds: number): number {
  let [most, from] = [0, 0];
  for (const [to, moment] of moments.entries()) {
    while ((moments[from] ?? 0) <= moment - milliseconds) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe("the day's writes to KV", () => {
  it("I11. never exceed the budget in any 24 hours, nor a quarter plus a 32nd of it in any hour", () => {
    const wish = fc.record({
      after: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 20 * HOUR })),
      count: fc.integer({ min: 1, max: 400 }),
      level: fc.integer({ min: 2, max: 5 }),
      owner: fc.integer({ min: 0, max: 50 }),
      restart: fc.boolean(),
    });
    const property = fc.property(
      fc.constantFrom(0, 1, 2, 20, 100, 900),
      fc.array(wish, { minLength: 50, maxLength: 200 }),
      (perDay, wishes) => {
        const meta = metaOf();
        let [budget, now] = [new KvBudget(meta, perDay, START), START];
        const puts: number[] = [];
        for (const { after, count, level, owner, restart } of wishes) {
          now += after;
          if (restart) budget = new KvBudget(meta, perDay, now);
          for (let n = 0; n < count; n++) if (budget.take(wantedBy(level, owner * 100), now)) puts.push(now);
        }
        const inHour = Math.max(1, Math.floor(perDay / 4)) + (perDay * 3) / 4 / 24 + 1;
        expect(mostWithin(puts, HOUR)).toBeLessThanOrEqual(Math.min(perDay, inHour));
        if (perDay > 1) expect(mostWithin(puts, DAY)).toBeLessThanOrEqual(perDay);
        for (const day of new Set(puts.map((at) => Math.floor(at / DAY))))
          expect(puts.filter((at) => Math.floor(at / DAY) === day).length).toBeLessThanOrEqual(perDay);
      },
    );
    fc.assert(property, { seed: 20261127, numRuns: 40 });
  });

  it("I11. are a burst of a quarter after a quiet night, and one each 128 s from then on", () => {
    const budget = new KvBudget(metaOf(), 900, START);
    const burst = (now: number) => {
      let count = 0;
      while (budget.take(wantedBy(4, count * 100), now)) count++;
      return count;
    };
    expect(burst(START)).toBe(225);
    expect(burst(START + 127_000)).toBe(0);
    expect(budget.leftUntilNext(START + 127_000)).toBe(1_000);
    expect(burst(START + 128_000)).toBe(1);
    expect(burst(START + 128_000 + 9 * HOUR)).toBe(225);
  });

  it("I11. go to no single client beyond a quarter, and leave a reserve for what several clients want", () => {
    const budget = new KvBudget(metaOf(), 900, START);
    const flood = (network: number) => {
      let count = 0;
      for (let n = 0; n < 1_000; n++) if (budget.take(wantedBy(2, network), START)) count++;
      return count;
    };
    expect(flood(0)).toBe(56);
    expect([flood(100), flood(200), flood(300), flood(400)]).toEqual([56, 56, 1, 0]);
    let wanted = 0;
    while (budget.take(wantedBy(4, 1_000 + 100 * wanted), START)) wanted++;
    expect(wanted).toBe(56);
  });

  it("I11. count clients without an address as one", () => {
    const budget = new KvBudget(metaOf(), 900, START);
    const unknown = new Demand();
    for (let n = 0; n < 2; n++) unknown.asked("unknown", START);
    let count = 0;
    while (budget.take(unknown, START)) count++;
    expect(count).toBe(56);
  });

  it("I11. go to one client beyond its share for keys it reads for a while, and only while no other client asks", () => {
    const site = new Demand();
    site.asked("203.0.113.1. 203.0.113. 203.0.", START - HOUR);
    site.read(START - HOUR / 2);
    const takenInADay = (others: (budget: KvBudget, now: number) => void) => {
      const budget = new KvBudget(metaOf(), 900, START);
      let count = 0;
      for (let now = START; now < START + DAY; now += 60_000) {
        others(budget, now);
        while (budget.take(site, now)) count++;
      }
      return count;
    };
    expect(takenInADay(() => {})).toBe(843);
    // A quarter of what accrues and of the burst.
    const [within, beyond] = [50 * 60_000, 120 * 60_000];
    const asking = (every: number) => (budget: KvBudget, now: number) => {
      if ((now - START) % every === 0) budget.asked("198.51.100.", now);
    };
    expect(takenInADay(asking(within))).toBe(281);
    expect(takenInADay(asking(beyond))).toBeGreaterThan(400);
  });
});

describe("demand", () => {
  it("I11. belongs to the first known client that asks, even if an unknown one asked before", () => {
    const demand = new Demand();
    demand.read(START);
    expect(demand.owner).toBe("unknown");
    demand.asked("unknown", START);
    demand.asked("203.0.113.1. 203.0.113. 203.0.", START);
    demand.asked("198.51.100.1. 198.51.100. 198.51.", START);
    expect(demand.owner).toBe("203.0.113.");
  });

  it("I11. counts one client once, however often it asks, and its /24 or /48 as one", () => {
    const demand = new Demand();
    for (let n = 0; n < 100; n++) demand.asked(`203.0.113.${n}. 203.0.113. 203.0.`, START);
    expect(demand.level).toBe(1);
    demand.asked("198.51.100.1. 198.51.100. 198.51.", START);
    expect(demand.level).toBe(2);
  });

  it("I11. counts one more for a key that is read for a while, and for each client without an address", () => {
    const demand = new Demand();
    demand.asked("203.0.113.1. 203.0.113. 203.0.", START);
    demand.read(START + 600_000);
    demand.read(START + 1_200_000);
    expect(demand.level).toBe(2);
    // A single moment counts once, even at the end of a clock period.
    const moment = new Demand();
    for (const seconds of [179, 181]) moment.asked("203.0.113.1. 203.0.113. 203.0.", START + seconds * 1_000);
    expect(moment.level).toBe(1);
    const unknown = new Demand();
    for (let n = 0; n < 3; n++) unknown.asked("unknown", START);
    expect(unknown.level).toBe(3);
  });
});
