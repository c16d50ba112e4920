import { describe, expect, it } from "vitest";
import { EXTRA_OPERATIONS_PER_MINUTE } from "../../keeper/budgets/clients.ts";
import type { CacheableRead } from "../../keeper/protocol/entry.ts";
import { CONFIG, readOf } from "../../keeper/testing/fixtures.ts";
import { A, how, R0 } from "../testing/bench.ts";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";
import type { Answer } from "../testing/world.ts";
import type { BoundedRead } from "./bounded-read.ts";

auditAfterEach();

/**
 * Database operations so far: pulls and fills. Reads left to the origin are counted by their answers.
 */
const operations = () => (bench.world.outbox?.pulls ?? 0) + bench.world.host.originRequests;

/** What one read costs the database, in operations, and how it is answered. */
async function costOf(order: Partial<BoundedRead>, number = 0, read = A) {
  const [before, syncs] = [operations(), bench.isolate(number).calls.sync.length];
  const answer = await bench.read(order, number, read);
  const direct = answer.result.kind === "direct" ? 1 : 0;
  return {
    operations: operations() - before + direct,
    syncs: bench.isolate(number).calls.sync.length - syncs,
    how: how(answer),
    answer,
  };
}

function positionOf(number = 0) {
  const position = bench.isolate(number).reader.fence?.position;
  if (!position) throw new Error("no fence");
  return position;
}

/** The table's bound is a minute, its entry and the fence are half a minute old. */
async function settled(options: Parameters<typeof start>[0] = {}) {
  const { world } = start({ changes: "pulled", ...options });
  await bench.read({ boundMs: 60_000 });
  await bench.pass(20_000);
  return world;
}

describe("a token that cannot be verified is read strictly, once (P22)", () => {
  const forged: Record<string, () => BoundedRead["token"]> = {
    "of another generation": () => ({ generation: "elsewhere.3.config-1.whole", mark: 3 }),
    "above the keeper's mark": () => ({ generation: positionOf().generation, mark: 999_999_999_999_999 }),
  };
  for (const [name, token] of Object.entries(forged)) {
    it(`I6. ${name}: one sync, one pull, a proven answer`, async () => {
      await settled();
      await bench.change();
      const cost = await costOf({ boundMs: 60_000, token: token() });
      expect(cost).toMatchObject({ how: "miss", syncs: 1, operations: 2 });
      expect(cost.answer.shown).toEqual({ [R0]: 1 });
      const again = await costOf({ boundMs: 60_000, token: token() });
      expect(again).toMatchObject({ how: "verified", syncs: 1, operations: 1 });
    });

    it(`I6. ${name}: in an isolate that has no fence yet, too`, async () => {
      await settled({ isolates: 2 });
      const cost = await costOf({ boundMs: 60_000, token: token() }, 1);
      expect(cost).toMatchObject({ how: "keeper", syncs: 1, operations: 1 });
    });

    it(`I11. ${name}: no entries are dropped on a client's word`, async () => {
      const { host } = await settled();
      const { generation } = positionOf();
      for (let n = 0; n < 20; n++) await bench.read({ boundMs: 60_000, token: token() });
      expect(positionOf().generation).toBe(generation);
      expect((await host.call((keeper) => keeper.stats(null))).flushes).toBe(1);
      expect(await costOf({ boundMs: 60_000 })).toMatchObject({ how: "memory", operations: 0 });
    });
  }

  it("I6. a genuine one costs no pull, however far behind the isolate is", async () => {
    await settled({ isolates: 2 });
    await bench.read({ boundMs: 60_000 }, 1);
    await bench.change();
    const strict = await bench.read({ boundMs: 0 }, 0);
    expect(strict.shown).toEqual({ [R0]: 1 });
    const token = positionOf(0);
    const cost = await costOf({ boundMs: 60_000, token }, 1);
    expect(cost).toMatchObject({ syncs: 1, operations: 0 });
    expect(cost.answer.shown).toEqual({ [R0]: 1 });
    expect(await costOf({ boundMs: 60_000, token }, 1)).toMatchObject({ how: "memory", syncs: 0 });
  });
});

const CLIENT = "203.0.113.1. 203.0.113. 203.0.";
const READS = 150;
const AT_ONCE = 30;

/** The ways in which a client asks for more than a plain read. */
const WAYS: Record<string, () => Partial<BoundedRead>> = {
  "no-cache, or a bound of 0": () => ({ boundMs: 0 }),
  "a token above the keeper's mark": () => ({
    token: { generation: positionOf().generation, mark: 1e14 },
  }),
  "a token of another generation": () => ({ token: { generation: "elsewhere", mark: 3 } }),
  "another isolate's token": () => ({ token: positionOf(1) }),
};

/** What it asks for. */
const KEYS: Record<string, (n: number) => Promise<CacheableRead>> = {
  "cached": async () => A, // biome-ignore format: one line
  "not cached": async (n) => readOf(`new${n}`, R0),
  "just changed": async () => {
    await bench.world.change(R0);
    return A;
  },
};

/** What this many reads of one client cost the database: all, the first thirty and the last thirty. */
async function spent(
  way: () => Partial<BoundedRead>,
  keyOf: (n: number) => Promise<CacheableRead>,
  atOnce: number,
) {
  const { world } = bench;
  const [before, begun] = [operations(), world.clock.now()];
  const totals = [0];
  let direct = 0;
  for (let n = 0; n < READS; n += atOnce) {
    const order = { boundMs: 60_000, ...way(), client: () => CLIENT };
    const reads: Promise<Answer>[] = [];
    for (let at = n; at < n + atOnce; at++) reads.push(world.read(bench.isolate(0), await keyOf(at), order));
    await bench.pass(atOnce === 1 ? 120 : 500);
    for (const { result } of await Promise.all(reads)) {
      if (result.kind === "direct") direct++;
      else expect(result.kind).toBe("held");
    }
    totals[n + atOnce] = operations() - before + direct;
  }
  const minutes = (world.clock.now() - begun) / 60_000;
  const all = totals[READS] ?? 0;
  return { all, first: (totals[30] ?? 0) / 30, last: (all - (totals[READS - 30] ?? 0)) / 30, minutes };
}

describe("a sync", () => {
  it("I11. reports a pull only if it started one: joining a pull costs nothing more", async () => {
    const { host } = await settled();
    const request = {
      configHash: CONFIG,
      since: null,
      boundMs: 0,
      token: null,
      client: CLIENT,
      report: null,
    };
    await bench.change();
    const before = operations();
    const sync = (boundMs: number) => host.call((keeper) => keeper.sync({ ...request, boundMs }));
    const syncs = [sync(10), sync(10), sync(10)];
    await bench.pass(1_000);
    const answers = await Promise.all(syncs);
    expect(operations() - before).toBe(1);
    expect(answers.map((answer) => answer.kind === "synced" && answer.pull)).toEqual([
      "made",
      "none",
      "none",
    ]);
  });
});

describe("one client's reads cost the database no more than without us, except for a few a minute", () => {
  for (const changes of ["pulled", "told"] as const) {
    // Without capture there are no pulls, so one way of asking covers all.
    for (const [way, order] of Object.entries(WAYS).slice(0, changes === "told" ? 1 : undefined)) {
      for (const [keys, keyOf] of Object.entries(KEYS)) {
        for (const [context, atOnce] of Object.entries({ "one by one": 1, "30 at once": AT_ONCE })) {
          it(`I11. ${way}, ${keys}, ${context}, changes ${changes}`, async () => {
            await settled({ changes, isolates: 2 });
            await bench.read({ boundMs: 60_000 }, 1);
            const { all, first, last, minutes } = await spent(order, keyOf, atOnce);
            // docs/costs.md has these figures.
            expect(first).toBeLessThanOrEqual(2);
            expect(last).toBeLessThanOrEqual(1.2);
            // What the client had saved up, what accrued meanwhile, and what was admitted at once.
            expect(all).toBeLessThanOrEqual(READS + EXTRA_OPERATIONS_PER_MINUTE * (1 + minutes) + atOnce);
          });
        }
      }
    }
  }

  it("I11. and over the budget its strict reads are answered directly, without a keeper call for a while", async () => {
    await settled();
    const order = { boundMs: 0, client: () => CLIENT };
    for (let n = 0; n < EXTRA_OPERATIONS_PER_MINUTE + 30; n++) {
      await bench.world.change(R0);
      const read = bench.world.read(bench.isolate(), A, order);
      await bench.pass(100);
      await read;
    }
    const { calls } = bench.isolate();
    const before = calls.sync.length + calls.fill.length;
    expect(how(await bench.read(order))).toBe("direct: budget");
    expect(how(await bench.read(order))).toBe("direct: budget");
    expect(calls.sync.length + calls.fill.length).toBeLessThanOrEqual(before + 1);
    // Other clients are not held up, and the client's own plain reads are hits.
    expect((await bench.read({ boundMs: 0, client: () => "198.51.100.1. 198.51.100. 198.51." })).result.kind).toBe("held"); // biome-ignore format: one line
    expect(how(await bench.read({ boundMs: 60_000, client: () => CLIENT }))).toBe("memory");
    await bench.pass(60_000);
    expect((await bench.read(order)).result.kind).toBe("held");
  });
});
