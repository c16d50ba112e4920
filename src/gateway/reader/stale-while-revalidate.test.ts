import { describe, expect, it } from "vitest";
import { Scope } from "../../../testing/time/scope.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { A, type Bench, how, R0, R1 } from "../testing/bench.ts";
import { TIMEOUTS } from "../testing/isolate.ts";
import { auditAfterEach, bench, start as startBench } from "../testing/node-bench.ts";
import { strictly } from "./bounded-read.ts";

const FRESH_MS = 10_000;
const STALE_MS = 300_000;
const SUM_MS = FRESH_MS + STALE_MS;
/** What the table allows, and the reader accepts. */
const LENIENT = { boundMs: FRESH_MS, staleWhileRevalidateMs: STALE_MS };
const B = readOf("b", R0);

auditAfterEach();

/** A bench in which the isolates hold the answer, and so long ago that its bound has passed. */
async function start(isolates = 1, passedMs = FRESH_MS + 1): Promise<Bench> {
  // A time to live is told by the keeper's clock.
  startBench({ isolates, reads: [A, B, readOf("c", R1)], keeperOffset: 0 });
  for (let number = 0; number < isolates; number++) await bench.read(LENIENT, number);
  await bench.pass(passedMs);
  return bench;
}

const syncs = (number = 0) => bench.isolate(number).calls.sync.length;
const fills = (number = 0) => bench.isolate(number).calls.fill.length;
const STALE = "stale-while-revalidate";

describe("an answer that is older than the bound and within the sum", () => {
  it("L2. is given at once, and proven again behind by one sync that asks for less than the bound", async () => {
    await start();
    const [before, asked] = [syncs(), fills()];
    const answer = await bench.read(LENIENT);
    expect([how(answer), answer.took]).toEqual([STALE, 0]);
    expect(answer.result).toMatchObject({ position: null });
    await bench.pass(1_000);
    expect(syncs() - before).toBe(1);
    expect(bench.isolate().calls.sync.at(-1)?.boundMs).toBeLessThanOrEqual(FRESH_MS);
    expect(fills()).toBe(asked);
    expect(how(await bench.read(LENIENT))).toBe("memory");
  });

  it("L2. is refilled behind if the sync says that a change has touched it, and never given again", async () => {
    await start();
    await bench.change();
    const asked = fills();
    const answer = await bench.read(LENIENT);
    expect([how(answer), answer.shown]).toEqual([STALE, { [R0]: 0 }]);
    await bench.pass(1_000);
    expect(fills() - asked).toBe(1);
    expect(await bench.read(LENIENT)).toMatchObject({ shown: { [R0]: 1 }, took: 0 });
  });

  it("L2. is refilled by the origin once, however many isolates revalidate it", async () => {
    await start(4);
    const before = bench.world.host.originRequests;
    await bench.change();
    for (const number of [0, 1, 2, 3]) expect(how(await bench.read(LENIENT, number))).toBe(STALE);
    await bench.pass(1_000);
    expect(bench.world.host.originRequests - before).toBe(1);
    for (const number of [0, 1, 2, 3]) {
      expect((await bench.read(LENIENT, number)).shown).toEqual({ [R0]: 1 });
    }
  });

  it("L2. is revalidated by one of all its readers, who are all answered at once", async () => {
    await start();
    await bench.change();
    const [before, asked] = [syncs(), fills()];
    const all = Array.from({ length: 50 }, () => bench.world.read(bench.isolate(), A, LENIENT));
    const answers = await bench.until(Promise.all(all));
    expect(new Set(answers.map(how))).toEqual(new Set([STALE]));
    await bench.pass(1_000);
    expect([syncs() - before, fills() - asked]).toEqual([1, 1]);
  });

  it("L2. is one more wait when the sum has passed", async () => {
    await start(1, SUM_MS + 1);
    const answer = await bench.read(LENIENT);
    expect(how(answer)).toBe("verified");
    expect(answer.took).toBeGreaterThan(0);
  });

  it("L2. ends with its time to live, whatever the sum", async () => {
    await start(1, 70_000);
    expect(how(await bench.read({ ...LENIENT, ttlMs: 60_000 }))).not.toBe(STALE);
  });

  it("L2. needs a fence as young, since that carries the mode and the purges", async () => {
    await start(1, 0);
    const { fence } = bench.isolate().reader;
    await bench.change();
    // Proven by the begin of its fill, which is younger than the fence.
    await bench.pass(FRESH_MS - 100);
    await bench.read(LENIENT, 0, B);
    const held = bench.isolate().memory.get(B.key);
    const age = (held?.provenAt ?? 0) - (fence?.asOf ?? 0);
    expect(fence).toBe(bench.isolate().reader.fence);
    expect(age).toBeGreaterThan(5_000);
    await bench.pass(SUM_MS - age + 1_000);
    expect(how(await bench.read(LENIENT, 0, B))).not.toBe(STALE);
  });
});

describe("it is not given to", () => {
  for (const [who, order] of [
    ["one who asks strictly", strictly(LENIENT)],
    ["one whose bound is lower than the table's", { boundMs: 1_000, staleWhileRevalidateMs: 0 }],
    ["one who allows some of it, past that", { boundMs: FRESH_MS, staleWhileRevalidateMs: 500 }],
    ["one with a token of another generation", { ...LENIENT, token: { generation: "other", mark: 0 } }],
  ] as const) {
    it(`L2. ${who}`, async () => {
      await start(1, FRESH_MS + 1_000);
      await bench.change();
      const answer = await bench.read(order);
      expect(how(answer)).not.toBe(STALE);
      expect(answer.shown).toEqual({ [R0]: 1 });
      expect(answer.took).toBeGreaterThan(0);
    });
  }

  it("I6. whoever has written since, though to others it is", async () => {
    await start(2);
    await bench.change();
    await bench.read(strictly(LENIENT), 1);
    const token = bench.isolate(1).reader.fence?.position ?? null;
    expect(how(await bench.read(LENIENT, 0))).toBe(STALE);
    bench.isolate(0).memory.delete(A.key);
    expect((await bench.read({ ...LENIENT, token }, 0)).shown).toEqual({ [R0]: 1 });
  });

  it("I6. but to one whose token this isolate has reached, it is", async () => {
    await start(1, 0);
    const token = bench.isolate().reader.fence?.position ?? null;
    await bench.pass(FRESH_MS + 1);
    expect(how(await bench.read({ ...LENIENT, token }))).toBe(STALE);
  });

  it("L2. anybody in shadow of a stricter read: a strict reader who joins the refresh gets what is true", async () => {
    await start();
    await bench.change();
    const [stale, strict] = await bench.until(
      Promise.all([LENIENT, strictly(LENIENT)].map((order) => bench.world.read(bench.isolate(), A, order))),
    );
    expect(stale?.shown).toEqual({ [R0]: 0 });
    expect(strict?.shown).toEqual({ [R0]: 1 });
  });
});

describe("what a change or a purge is known to have touched", () => {
  it("L2. keeps the plain bound, once any read has brought that news", async () => {
    await start();
    await bench.change();
    await bench.read(strictly(LENIENT), 0, B);
    const answer = await bench.read(LENIENT);
    expect(how(answer)).not.toBe(STALE);
    expect(answer.shown).toEqual({ [R0]: 1 });
  });

  it("P11. is gone at once where the purge was ordered, even if the sync after it fails", async () => {
    await start(2);
    const { reader } = bench.isolate(0);
    bench.isolate(0).stub = () => ({ sync: () => Promise.reject(), fill: () => Promise.reject() });
    const { position } = await bench.until(bench.world.host.call((keeper) => keeper.purge({ all: true })));
    await bench.until(reader.follow(position, () => {}));
    expect((await bench.read(LENIENT, 0)).result.kind).toBe("direct");
    // Elsewhere within the sum.
    expect(how(await bench.read(LENIENT, 1))).toBe(STALE);
    await bench.pass(1_000);
    expect(how(await bench.read(LENIENT, 1))).toBe("memory");
    expect(bench.isolate(1).memory.get(A.key)?.mark).toBeGreaterThanOrEqual(position.mark);
  });

  it("L2. a change of mode is learned behind the first such answer", async () => {
    await start();
    await bench.until(bench.world.host.call((keeper) => keeper.setMode("off")));
    expect(bench.isolate().reader.mode).toBe("on");
    expect(how(await bench.read(LENIENT))).toBe(STALE);
    await bench.pass(1_000);
    expect(bench.isolate().reader.mode).toBe("off");
  });
});

describe("a refresh that fails", () => {
  it("I9. leaves the answers as they are until the sum has passed, and stops asking for a while", async () => {
    await start();
    let asked = 0;
    const broken = () => {
      asked++;
      return Promise.reject(new Error("overloaded"));
    };
    bench.isolate().stub = () => ({ sync: broken, fill: broken });
    for (let n = 0; n < 20; n++) {
      expect(await bench.read(LENIENT)).toMatchObject({ took: 0, shown: { [R0]: 0 } });
      await bench.pass(10);
    }
    expect(asked).toBe(3);
    await bench.pass(SUM_MS);
    expect((await bench.read(LENIENT)).result.kind).toBe("direct");
  });

  it("I10. and hangs, or whose reader is cancelled, is replaced by the next", async () => {
    await start();
    bench.isolate().stub = () => ({ sync: () => new Promise(() => {}), fill: () => new Promise(() => {}) });
    expect(how(await bench.read(LENIENT))).toBe(STALE);
    await bench.pass(TIMEOUTS.syncMs + 1);
    bench.isolate().stub = undefined;
    const cancelled = new Scope(bench.isolate().scope);
    // The leader of the sync vanishes, and nothing of it ever settles.
    void bench.world.read(bench.isolate(), A, LENIENT, cancelled);
    cancelled.end();
    await bench.pass(TIMEOUTS.syncMs + TIMEOUTS.fillMs);
    expect(how(await bench.read(LENIENT))).toBe(STALE);
    await bench.pass(1_000);
    expect(how(await bench.read(LENIENT))).toBe("memory");
  });
});
