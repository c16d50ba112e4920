import { describe, expect, it } from "vitest";
import { Scope } from "../../../testing/time/scope.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { A, how, R0 } from "../testing/bench.ts";
import { TIMEOUTS } from "../testing/isolate.ts";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";

const LONGEST = TIMEOUTS.syncMs + TIMEOUTS.fillMs;

auditAfterEach();

const broken = {
  "rejects": () => ({ sync: () => Promise.reject(new Error("overloaded")), fill: () => Promise.reject(new Error("overloaded")) }), // biome-ignore format: one line
  "never answers": () => ({ sync: () => new Promise<never>(() => {}), fill: () => new Promise<never>(() => {}) }), // biome-ignore format: one line
  "cannot be had at all": () => {
    throw new Error("no such binding");
  },
};

describe("a keeper that fails", () => {
  for (const [context, stub] of Object.entries(broken)) {
    it(`I9. and ${context}: each read is left to the origin in time, none is older than its bound`, async () => {
      start();
      await bench.read();
      bench.isolate().stub = stub;
      await bench.change();
      await bench.pass(5_000);
      // Proven until then, and still within the bound.
      expect(how(await bench.read())).toBe("memory");
      await bench.pass(5_100);
      for (let n = 0; n < 6; n++) {
        const answer = await bench.read();
        expect(answer.result.kind).toBe("direct");
        expect(answer.took).toBeLessThanOrEqual(LONGEST);
      }
      bench.isolate().stub = undefined;
      await bench.pass(11_000);
      expect((await bench.read()).shown).toEqual({ [R0]: 1 });
    });
  }

  it("I9. is not called for a while after three failures, then tried, and used again once it answers", async () => {
    start();
    let asked = 0;
    bench.isolate().stub = () => {
      asked++;
      return broken.rejects();
    };
    for (let n = 0; n < 3; n++) expect((await bench.read()).result.kind).toBe("direct");
    for (let n = 0; n < 10; n++) {
      const answer = await bench.read();
      expect(how(answer)).toBe("direct: breaker-open");
      expect(answer.took).toBe(0);
    }
    expect(asked).toBe(3);
    await bench.pass(1_000);
    for (let n = 0; n < 3; n++) expect(how(await bench.read())).toBe("direct: breaker-open");
    expect(asked).toBe(4);
    bench.isolate().stub = undefined;
    await bench.pass(2_000);
    expect(how(await bench.read())).toBe("miss");
  });

  it("I9. by a crash in mid-read: the read is answered, and the next one cached", async () => {
    const { world } = start();
    bench.weather.delays.origin = 1_000;
    const read = world.read(bench.isolate(), A);
    await bench.pass(500);
    world.host.crash(false);
    expect(how(await bench.until(read))).toBe("direct: keeper-failed");
    bench.weather.delays.origin = 20;
    expect(how(await bench.read())).toBe("miss");
    await bench.change();
    expect((await bench.read({ boundMs: 0 })).shown).toEqual({ [R0]: 1 });
  });

  it("I1. and has lost its storage: no earlier entry is accepted, and everything is read again", async () => {
    const { world } = start();
    await bench.read();
    world.host.crash(true);
    await bench.change();
    await bench.read({ boundMs: 0 });
    await bench.pass(200);
    expect((await bench.read({ boundMs: 0 })).shown).toEqual({ [R0]: 1 });
    expect(how(await bench.read())).toBe("memory");
  });
});

describe("a keeper of another generation", () => {
  const other = readOf("other", R0);

  it("I9. costs a read one more call, and no bypass", async () => {
    const { world } = start({ reads: [A, other] });
    await bench.read();
    world.host.crash(true);
    expect(how(await bench.read({}, 0, other))).toBe("miss");
    expect(how(await bench.read({}, 0, other))).toBe("memory");
  });

  it("I9. that the isolate cannot learn leaves the read to the origin, in time", async () => {
    start();
    await bench.read();
    let [fills, delay] = [0, 10];
    const refusing = {
      sync: () => new Promise<never>(() => {}),
      fill: async () => {
        fills++;
        await bench.world.clock.sleep(delay);
        return { kind: "refused", reason: "behind" } as const;
      },
    };
    bench.isolate().stub = () => refusing;
    for (const takes of [10, TIMEOUTS.fillMs - 1]) {
      delay = takes;
      const answer = await bench.read({}, 0, other);
      expect(how(answer)).toBe("direct: keeper-failed");
      expect(answer.took).toBeLessThan(LONGEST + 1);
    }
    expect(fills).toBe(2);
    bench.isolate().stub = undefined;
    await bench.pass(TIMEOUTS.syncMs);
    expect(how(await bench.read({}, 0, other))).toBe("miss");
  });

  it("I9. of another configuration is not called twice", async () => {
    start();
    await bench.read();
    let fills = 0;
    const fill = async () => {
      fills++;
      return { kind: "refused", reason: "configuration" } as const;
    };
    bench.isolate().stub = () => ({ fill, sync: () => Promise.reject(new Error("refused")) });
    expect(how(await bench.read({}, 0, other))).toBe("direct: keeper-failed");
    expect(fills).toBe(1);
  });
});

describe("KV that fails", () => {
  it("I9. or hangs delays a read by its own deadline at most", async () => {
    const { world } = start({ isolates: 2 });
    await bench.read();
    world.kv.failing = true;
    expect((await bench.read({}, 1)).shown).toEqual({ [R0]: 0 });
    world.kv.failing = false;
    bench.weather.delays.kv = 1e9;
    world.isolates[1] = world.newIsolate(1);
    await bench.change();
    const answer = await bench.read({ boundMs: 0 }, 0);
    expect(answer.shown).toEqual({ [R0]: 1 });
    expect(answer.took).toBeLessThan(TIMEOUTS.kvMs + 200);
    expect((await bench.read({}, 1)).took).toBeLessThan(TIMEOUTS.kvMs + 200);
  });
});

describe("an origin that fails", () => {
  it("I9. is reported to a reader without an entry, and not remembered", async () => {
    start();
    bench.weather.mishaps.add("origin-fails");
    expect(how(await bench.read())).toBe("failed: unreachable");
    bench.weather.mishaps.clear();
    expect(how(await bench.read())).toBe("miss");
  });

  for (const mishap of ["origin-fails", "origin-errs"] as const) {
    it(`I9. (${mishap}) leaves an older answer, labelled, to a reader that allows one, until it is too old`, async () => {
      start({ keeperOffset: 0 });
      const order = { boundMs: 1_000, staleIfErrorMs: 60_000 };
      await bench.read(order);
      await bench.change();
      bench.weather.mishaps.add(mishap);
      await bench.pass(30_000);
      const answer = await bench.read(order);
      expect(how(answer)).toBe("stale-if-error");
      expect(answer.shown).toEqual({ [R0]: 0 });
      expect(how(await bench.read({ boundMs: 1_000, staleIfErrorMs: 0 }))).not.toBe("stale-if-error");
      await bench.pass(40_000);
      expect(how(await bench.read(order))).not.toBe("stale-if-error");
    });
  }

  it("I9. and a purge: no purged answer is brought back", async () => {
    const { world } = start();
    const order = { boundMs: 0, staleIfErrorMs: 60_000 };
    await bench.read(order);
    await bench.until(world.host.call((keeper) => keeper.purge({ all: true })));
    bench.weather.mishaps.add("origin-fails");
    expect(how(await bench.read(order))).toBe("failed: unreachable");
  });
});

describe("a request that is cancelled", () => {
  for (const [phase, after] of [
    ["sync", 5],
    ["fill", 30],
  ] as const) {
    it(`I10. in mid-${phase}, its promises never settling: every other read answers, and the key heals`, async () => {
      const { world } = start();
      const scope = new Scope(bench.isolate().scope);
      void world.read(bench.isolate(), A, {}, scope);
      await bench.pass(after);
      const others = Array.from({ length: 20 }, () => world.read(bench.isolate(), A));
      await bench.pass(1);
      scope.end();
      const answers = await bench.until(Promise.all(others));
      for (const { took } of answers) expect(took).toBeLessThanOrEqual(LONGEST);
      const healed = await bench.read();
      expect(healed.shown).toEqual({ [R0]: 0 });
      expect((await bench.read()).took).toBe(0);
    });
  }

  it("I10. in mid-refill: the entry is served and refilled by another", async () => {
    const { world } = start();
    await bench.read();
    await bench.change();
    await bench.pass(5_100);
    await bench.read();
    await bench.pass(50);
    const scope = new Scope(bench.isolate().scope);
    await bench.until(world.read(bench.isolate(), A, {}, scope));
    scope.end();
    await bench.pass(10_100);
    expect((await bench.read()).shown).toEqual({ [R0]: 1 });
  });

  it("I10. followers take over from a vanished leader of a sync, before they give up the cache", async () => {
    const other = readOf("other", R0);
    const { world } = start({ reads: [A, other] });
    await bench.read();
    // Now the fence is too old.
    await bench.pass(20_000);
    const scope = new Scope(bench.isolate().scope);
    void world.read(bench.isolate(), A, {}, scope);
    await bench.pass(1);
    scope.end();
    await bench.pass(500);
    const answer = await bench.read({}, 0, other);
    expect(how(answer)).toBe("miss");
    expect(answer.took).toBeLessThan(TIMEOUTS.syncMs);
  });
});
