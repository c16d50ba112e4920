import { describe, expect, it } from "vitest";
import { bucketOf, keyName } from "../../keeper/protocol/names.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { A, how, R0, R1 } from "../testing/bench.ts";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";

auditAfterEach();

describe("a read", () => {
  it("I1. is a miss, then a hit in memory that costs no call, and one from KV elsewhere", async () => {
    const { world } = start({ isolates: 2 });
    expect(how(await bench.read())).toBe("miss");
    const calls = () => world.isolates.map(({ calls }) => calls.sync.length + calls.fill.length);
    const before = calls();
    expect(how(await bench.read())).toBe("memory");
    expect(calls()).toEqual(before);
    await bench.read({}, 1);
    await bench.pass(1_000);
    const third = world.newIsolate(2);
    world.isolates.push(third);
    expect(how(await bench.read({}, 2))).toBe("kv");
    expect(third.calls.fill).toHaveLength(0);
    expect(world.host.originRequests).toBe(1);
  });

  it("L3. that waits for a sync before memory may answer says `verified`, and the next one says `memory`", async () => {
    start({ isolates: 2 });
    await bench.read();
    await bench.pass(10_001);
    const waited = await bench.read();
    expect(how(waited)).toBe("verified");
    expect(waited.took).toBeGreaterThan(0);
    expect(await bench.read()).toMatchObject({ took: 0, result: { outcome: { detail: "memory" } } });
    expect(how(await bench.read({ boundMs: 0 }))).toBe("verified");
  });

  for (const boundMs of [0, 1_000, 10_000]) {
    it(`I1. with a bound of ${boundMs} ms shows a change that was ingested before that, in every isolate`, async () => {
      start({ isolates: 3 });
      for (const isolate of [0, 1, 2]) await bench.read({ boundMs }, isolate);
      await bench.change();
      await bench.pass(boundMs + 1);
      for (const isolate of [0, 1, 2]) {
        expect((await bench.read({ boundMs }, isolate)).shown).toEqual({ [R0]: 1 });
      }
    });
  }

  it("I1. is correct while KV returns the oldest bytes it ever had", async () => {
    const { world } = start();
    world.kv.choose = (versions) => versions[0] ?? null;
    for (let version = 1; version <= 3; version++) {
      await bench.read();
      await bench.read({ boundMs: 0 });
      await bench.pass(61_000);
      await bench.change();
      world.isolates[0] = world.newIsolate(0);
      expect((await bench.read({ boundMs: 0 })).shown).toEqual({ [R0]: version });
    }
  });

  it("I1. that starts in the millisecond of an ingest, strictly, shows the change", async () => {
    start();
    await bench.read();
    await bench.change();
    expect((await bench.read({ boundMs: 0 })).shown).toEqual({ [R0]: 1 });
  });

  it("I2. a fill under way when a change comes in is refused afterwards, wherever it ended up", async () => {
    const { world } = start({ isolates: 2 });
    bench.weather.delays.origin = 500;
    const first = world.read(bench.isolate(), A, { boundMs: 60_000 });
    await bench.pass(700);
    await bench.change();
    expect((await bench.until(first)).shown).toEqual({ [R0]: 0 });
    for (const isolate of [0, 1]) {
      expect((await bench.read({ boundMs: 0 }, isolate)).shown).toEqual({ [R0]: 1 });
    }
  });

  it("I3. of 500 at once, cold, in four isolates: one origin request, one sync and few fills", async () => {
    const { world } = start({ isolates: 4 });
    const reads = Array.from({ length: 500 }, (_, n) => world.read(bench.isolate(n % 4), A));
    const answers = await bench.until(Promise.all(reads));
    expect(answers.every(({ shown }) => shown !== null)).toBe(true);
    expect(world.host.originRequests).toBe(1);
    for (const { calls } of world.isolates) {
      expect(calls.sync).toHaveLength(1);
      expect(calls.fill).toHaveLength(1);
    }
  });

  it("I3. that waits for another reports how that one was answered: collapsed only if the origin was asked", async () => {
    const { world } = start();
    const together = () => Promise.all([1, 2].map(() => world.read(bench.isolate(), A, { boundMs: 0 })));
    expect((await bench.until(together())).map(how)).toEqual(["miss", "collapsed"]);
    await bench.pass(1_000);
    expect((await bench.until(together())).map(how)).toEqual(["verified", "verified"]);
  });

  it("I3. that waits for a refill from a slow origin is reported as collapsed, not as read without the origin", async () => {
    start();
    await bench.read();
    await bench.change();
    bench.weather.delays.origin = 2_000;
    const hows = new Set<string>();
    for (let passed = 0; passed < 14_000; passed += 100) {
      const { took, ...answer } = await bench.read();
      if (took > 100) hows.add(how({ took, ...answer }));
      await bench.pass(100);
    }
    expect(hows.size).toBeGreaterThan(0);
    expect([...hows].filter((each) => each !== "collapsed" && each !== "miss" && each !== "keeper")).toEqual(
      [],
    );
  });

  it("I3. of a hot key on a busy table costs one or two origin requests a bound, not one a change", async () => {
    const { world } = start({ isolates: 2 });
    await bench.read({ boundMs: 5_000 });
    const before = world.host.originRequests;
    for (let second = 0; second < 30; second++) {
      await bench.change();
      for (const isolate of [0, 1]) await bench.read({ boundMs: 5_000 }, isolate);
      await bench.pass(1_000);
    }
    // Six bounds. Refills ask with a bound of 0 (P13), so isolates that refill at other times add requests.
    expect(world.host.originRequests - before).toBeLessThanOrEqual(12);
  });

  it("I2. of a bucket's neighbour is still good: a call, no query, and a hit afterwards (P10)", async () => {
    let key = "";
    for (let n = 0; bucketOf(keyName(key)) !== bucketOf(keyName("a")); n++) key = `n${n}`;
    const neighbour = readOf(key, R1);
    const { world } = start({ reads: [A, neighbour] });
    await bench.read();
    await bench.read({}, 0, neighbour);
    await bench.change(R1);
    const before = world.host.originRequests;
    expect(how(await bench.read({ boundMs: 0 }))).toBe("keeper");
    expect(world.host.originRequests).toBe(before);
    expect(how(await bench.read())).toBe("memory");
    // And the neighbour's own mark is not lost by it.
    expect((await bench.read({ boundMs: 0 }, 0, neighbour)).shown).toEqual({ [R1]: 1 });
  });
});

describe("half of the bound", () => {
  it("I1. past it the fence is synced in the background, and the hit does not wait", async () => {
    start();
    await bench.read();
    await bench.pass(4_900);
    await bench.read();
    const { calls } = bench.isolate();
    expect(calls.sync).toHaveLength(1);
    await bench.pass(200);
    const answer = await bench.read();
    expect(answer).toMatchObject({ took: 0 });
    expect(calls.sync).toHaveLength(2);
    await bench.read();
    expect(calls.sync).toHaveLength(2);
  });

  it("M6. syncs with a mirror near by only when four fifths of the bound have passed, as what it says has an age", async () => {
    start();
    await bench.read();
    const isolate = bench.isolate();
    isolate.isNear = true;
    await bench.pass(7_900);
    await bench.read();
    expect(isolate.calls.sync).toHaveLength(1);
    await bench.pass(200);
    expect(await bench.read()).toMatchObject({ took: 0 });
    expect(isolate.calls.sync).toHaveLength(2);
    expect(isolate.calls.sync[1]?.boundMs).toBeCloseTo(8_000, -1);
  });

  it("I1. a refused entry is served while it is proven; if many read it, it is refilled shortly before that ends (P11, P13)", async () => {
    const { world } = start();
    await bench.read();
    await bench.pass(100);
    await bench.change();
    await bench.pass(5_100);
    await bench.read();
    await bench.pass(50);
    const before = world.host.originRequests;
    const readOften = async (milliseconds: number) => {
      const { clock } = world;
      for (const until = clock.now() + milliseconds; clock.now() < until; await bench.pass(20)) {
        expect(how(await bench.read())).toBe("revalidating");
      }
    };
    await readOften(4_350);
    expect(world.host.originRequests).toBe(before);
    await readOften(270);
    await bench.pass(200);
    expect(world.host.originRequests).toBe(before + 1);
    const refill = bench.isolate().calls.fill.at(-1);
    expect(refill).toMatchObject({ priority: "refresh" });
    expect(refill?.boundMs).toBeGreaterThan(9_500);
    expect(refill?.boundMs).toBeLessThan(10_000);
    const answer = await bench.read();
    expect(how(answer)).toBe("memory");
    expect(answer.shown).toEqual({ [R0]: 1 });
  });

  it("I1. a refused entry is refilled earlier if few read it: no reader may come in its last moment (P11, P13)", async () => {
    start();
    await bench.read();
    await bench.change();
    await bench.pass(5_200);
    await bench.read();
    await bench.pass(1_000);
    expect(how(await bench.read())).toBe("revalidating");
    await bench.pass(200);
    const { calls } = bench.isolate();
    expect(calls.fill).toHaveLength(2);
    expect(calls.fill.at(-1)).toMatchObject({ priority: "refresh" });
    await bench.pass(4_000);
    expect(await bench.read()).toMatchObject({ took: 0, shown: { [R0]: 1 } });
  });

  it("I1. a counter that changes 200 times a second costs an origin request a bound, however many isolates read it", async () => {
    const { world } = start({ isolates: 40 });
    await bench.read();
    const { originRequests } = world.host;
    const bounds = 6;
    for (let passed = 0; passed < bounds * 10_000; passed += 5) {
      await bench.pass(5);
      await world.ingest(R0, world.truth.commit(R0));
      // Each isolate has a reader every 200 ms.
      if (passed % 200 === 0) for (const isolate of world.isolates) void world.read(isolate, A);
    }
    expect(world.violations).toEqual([]);
    expect(world.host.originRequests - originRequests).toBeLessThanOrEqual(bounds + 1);
  });

  it("I1. a reader whose entry was refused looks in KV only once KV can have another one, a minute after the fill", async () => {
    start({ keeperOffset: 0 });
    await bench.read();
    const isolate = bench.isolate();
    const refused = async (later: number) => {
      await bench.change();
      await bench.pass(later);
      isolate.reader.learn(() => {});
      await bench.pass(200);
      const before = isolate.kvReads;
      const answer = await bench.read({ boundMs: 1_000 });
      return { looked: isolate.kvReads - before, shown: answer.shown };
    };
    expect(await refused(1_000)).toEqual({ looked: 0, shown: { [R0]: 1 } });
    expect(await refused(61_000)).toEqual({ looked: 1, shown: { [R0]: 2 } });
    // It has refilled what was refused before KV shows it.
    isolate.isNear = true;
    expect(await refused(61_000)).toEqual({ looked: 0, shown: { [R0]: 3 } });
  });

  it("I1. a refused entry whose proof is older than the bound is not served", async () => {
    start();
    await bench.read();
    await bench.change();
    await bench.pass(10_100);
    const answer = await bench.read();
    expect(answer.shown).toEqual({ [R0]: 1 });
    expect(answer.took).toBeGreaterThan(0);
  });
});

describe("the time to live", () => {
  it("I1. ends an entry in memory, in KV and at the keeper, even if no change was reported", async () => {
    const { world } = start({ table: { ttlMs: 30_000 }, keeperOffset: 0 });
    await bench.read({ ttlMs: 30_000 });
    world.truth.commit(R0);
    await bench.pass(20_000);
    expect((await bench.read({ ttlMs: 30_000 })).shown).toEqual({ [R0]: 0 });
    await bench.pass(15_000);
    expect((await bench.read({ ttlMs: 30_000 })).shown).toEqual({ [R0]: 1 });
  });
});

describe("the mode", () => {
  it("arrives with the next sync, even in an isolate that reads nothing through the cache", async () => {
    const { world } = start();
    expect(bench.isolate().reader.mode).toBe("on");
    await bench.until(world.host.call((keeper) => keeper.setMode("off")));
    bench.isolate().reader.learn(() => {});
    await bench.pass(100);
    expect(bench.isolate().reader.mode).toBe("off");
    bench.isolate().reader.learn(() => {});
    expect(bench.isolate().calls.sync).toHaveLength(1);
    await bench.pass(1_100);
    bench.isolate().reader.learn(() => {});
    expect(bench.isolate().calls.sync).toHaveLength(2);
  });
});
