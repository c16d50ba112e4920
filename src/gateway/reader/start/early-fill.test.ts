import { describe, expect, it } from "vitest";
import { readOf } from "../../../keeper/testing/fixtures.ts";
import { A, how, R0, R1 } from "../../testing/bench.ts";
import { auditAfterEach, bench, start } from "../../testing/node-bench.ts";
import type { WorldOptions } from "../../testing/world.ts";

auditAfterEach();

const OTHER = readOf("other", R1);

/** What a read takes without us, from anywhere, in milliseconds. */
const DIRECT_MS = 200;

const calls = () => [bench.isolate().calls.sync.length, bench.isolate().calls.fill.length];

/** An isolate whose fence is too old, because nobody has read here for a while. */
async function rested(options: Partial<WorldOptions> = {}): Promise<void> {
  start({ changes: "pulled", reads: [A, OTHER], ...options });
  await bench.read({}, 0, OTHER);
  await bench.pass(60_000);
}

/** The database is far from everybody, in milliseconds one way; the keeper is beside the readers, or beside the database. */
function far(keeper: "near-readers" | "near-database"): void {
  const [toKeeper, toDatabase] = keeper === "near-readers" ? [1, DIRECT_MS / 2] : [DIRECT_MS / 2, 1];
  Object.assign(bench.weather.delays, { "to-keeper": toKeeper, "from-keeper": toKeeper });
  Object.assign(bench.weather.delays, { origin: toDatabase, pull: toDatabase });
}

/** Calls and database operations that one read takes, and how long. */
async function costOf(read = A) {
  const { host, outbox } = bench.world;
  const before = [...calls(), outbox?.pulls ?? 0, host.originRequests];
  const answer = await bench.read({}, 0, read);
  const after = [...calls(), outbox?.pulls ?? 0, host.originRequests];
  const [syncs, fills, pulls, fetches] = after.map((count, at) => count - (before[at] ?? 0));
  return { how: how(answer), took: answer.took, cost: { syncs, fills, pulls, fetches } };
}

const ONCE_EACH = { syncs: 1, fills: 1, pulls: 1, fetches: 1 };

describe("a read that nothing in the isolate can answer, under a fence that is too old", () => {
  for (const keeper of ["near-readers", "near-database"] as const) {
    for (const [state, restart] of [
      ["has rested", () => {}],
      ["has just started", () => bench.world.host.crash(false)],
    ] as const) {
      it(`L1. waits for one round trip to a keeper that ${state}, ${keeper}: it pulls and fills side by side`, async () => {
        await rested();
        restart();
        far(keeper);
        const { took, ...rest } = await costOf();
        expect(rest).toEqual({ how: "miss", cost: ONCE_EACH });
        expect(took).toBeLessThanOrEqual(1.3 * DIRECT_MS);
        // What it brought counts for the next one, too.
        expect(await costOf()).toMatchObject({ how: "memory", cost: { syncs: 0, fills: 0 } });
      });
    }
  }

  it("L1. takes a body that the keeper has, once the sync has come, and asks for it once", async () => {
    await rested({ isolates: 2 });
    await bench.read({}, 1);
    far("near-database");
    const { took, ...rest } = await costOf();
    expect(rest).toEqual({ how: "keeper", cost: { syncs: 1, fills: 1, pulls: 0, fetches: 0 } });
    expect(took).toBeLessThanOrEqual(1.3 * DIRECT_MS);
  });

  it("I2. L1. is not answered by a body that a change has touched which the sync tells of", async () => {
    await rested({ isolates: 2 });
    await bench.read({}, 1);
    await bench.pass(20_000);
    far("near-readers");
    await bench.change();
    const answer = await bench.read();
    expect([how(answer), answer.shown]).toEqual(
      ["stale", { [R0]: 1 }].map((_, at) => [how(answer), answer.shown][at]),
    );
    expect(answer.shown).toEqual({ [R0]: 1 });
  });

  it("I1. L1. asks once more if the keeper is of another generation", async () => {
    await rested();
    bench.world.host.crash(true);
    const { how: end } = await costOf();
    expect(end).toBe("miss");
  });

  it("S1. L1. is left to the origin as soon as the keeper says that it does not know who reads", async () => {
    await rested();
    far("near-readers");
    bench.isolate().through = (lines) => ({
      ...lines,
      fill: async (request) => {
        await lines.fill(request);
        return { kind: "direct", reason: "token-unknown" };
      },
    });
    Object.assign(bench.weather.delays, { origin: 1 });
    const { how: end, took } = await costOf();
    expect(end).toBe("direct: token-unknown");
    expect(took).toBeLessThan(DIRECT_MS / 2);
  });

  it("I9. L1. is left to the origin as soon as the sync has failed, whatever becomes of the fill", async () => {
    await rested();
    bench.isolate().stub = () => ({
      sync: async () => Promise.reject(new Error("not today")),
      fill: () => new Promise(() => {}),
    });
    const { how: end, took } = await costOf();
    expect(end).toBe("direct: keeper-failed");
    expect(took).toBeLessThanOrEqual(bench.weather.delays.kv + 1);
  });
});

describe("a read that something in the isolate may answer, under a fence that is too old", () => {
  it("L1. has the sync decide: memory has what the old fence accepts", async () => {
    await rested();
    expect(await costOf(OTHER)).toMatchObject({ how: "verified", cost: { syncs: 1, fills: 0 } });
  });

  it("L1. has the sync decide: KV has what the old fence accepts", async () => {
    await rested({ isolates: 3 });
    // Two readers want it, so that it is worth a write.
    for (const isolate of [1, 2]) await bench.read({}, isolate);
    await bench.pass(120_000);
    expect(bench.world.kv.all().map(({ key }) => key)).toEqual([A.key]);
    expect(await costOf()).toMatchObject({ how: "kv", cost: { syncs: 1, fills: 0 } });
  });

  it("I6. L1. is strict: the fence that gives its token comes first", async () => {
    await rested();
    far("near-readers");
    const answer = await bench.read({ boundMs: 0 });
    expect(answer.took).toBeGreaterThan(2 * DIRECT_MS);
  });
});
