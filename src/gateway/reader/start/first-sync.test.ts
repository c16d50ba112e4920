import { describe, expect, it } from "vitest";
import { readOf } from "../../../keeper/testing/fixtures.ts";
import { A, how, R0 } from "../../testing/bench.ts";
import { TIMEOUTS } from "../../testing/isolate.ts";
import { auditAfterEach, bench, start } from "../../testing/node-bench.ts";
import type { Answer } from "../../testing/world.ts";

auditAfterEach();

const STARTING = "direct: keeper-starting";
const many = (count: number) => Array.from({ length: count }, (_, n) => readOf(`many${n}`, R0));
const passedOn = (answers: readonly Answer[]) => answers.filter((answer) => how(answer) === STARTING).length;

/** A keeper and a database that are this far from everybody, in milliseconds one way. */
function far(oneWay: number): void {
  const { delays } = bench.weather;
  Object.assign(delays, { "to-keeper": oneWay, "from-keeper": oneWay, origin: oneWay, pull: oneWay });
}

describe("the first read of a new isolate", () => {
  it("L1. whose keeper is slow to answer is passed on after a moment, and the sync goes on for the next one", async () => {
    start({ changes: "pulled" });
    far(100);
    const first = await bench.read();
    expect([how(first), first.took]).toEqual([STARTING, TIMEOUTS.startMs]);
    await bench.pass(500);
    expect(bench.isolate().calls.sync).toHaveLength(1);
    expect(how(await bench.read())).toBe("miss");
    expect(how(await bench.read())).toBe("memory");
  });

  it("L1. waits for no more than the sync if the keeper is near, and is stored", async () => {
    start({ changes: "pulled" });
    const first = await bench.read();
    expect(how(first)).toBe("miss");
  });

  it("L1. and all others are passed on while the keeper does not answer: the database is asked once for each", async () => {
    const reads = many(40);
    const { world } = start({ changes: "pulled", reads });
    far(5_000);
    const asking: Promise<Answer>[] = [];
    for (const read of reads) {
      asking.push(world.read(bench.isolate(), read));
      await bench.pass(5);
    }
    const answers = await bench.until(Promise.all(asking));
    expect(passedOn(answers)).toBe(reads.length);
    expect(Math.max(...answers.map(({ took }) => took))).toBe(TIMEOUTS.startMs);
    expect(answers.at(-1)?.took).toBeLessThanOrEqual(1);
    // The keeper asks for none of them: it has not been asked to.
    await bench.pass(1_000);
    expect([world.host.originRequests, bench.isolate().calls.sync.length]).toEqual([0, 1]);
  });

  it("I3. L1. of a crowd that asks for one key is passed on alone if the keeper is up, but far; the others share one request", async () => {
    const { world } = start({ isolates: 2 });
    far(75);
    await bench.until(Promise.all(Array.from({ length: 3 }, () => world.read(bench.isolate(1), A))));
    world.isolates[0] = world.newIsolate(0);
    const before = world.host.originRequests;
    const crowd = Array.from({ length: 500 }, () => world.read(bench.isolate(0), A));
    const answers = await bench.until(Promise.all(crowd));
    expect(passedOn(answers)).toBe(1);
    expect(answers.filter(({ shown }) => shown !== null)).toHaveLength(499);
    expect(world.host.originRequests - before).toBeLessThanOrEqual(1);
  });

  it("I9. L1. of a crowd that asks for one key of a keeper that hangs waits for a quarter of a second, and is passed on", async () => {
    const { world } = start();
    bench.isolate().stub = () => ({ sync: () => new Promise(() => {}), fill: () => new Promise(() => {}) });
    const answers = await bench.until(
      Promise.all(Array.from({ length: 100 }, () => world.read(bench.isolate(), A))),
    );
    expect(passedOn(answers)).toBe(100);
    const slowest = Math.max(...answers.map(({ took }) => took));
    expect(slowest).toBeGreaterThan(TIMEOUTS.startMs);
    expect(slowest).toBeLessThanOrEqual(251);
    expect(how(await bench.read())).toBe(STARTING);
  });

  it("I9. L1. asks a keeper again that has failed, and is not passed on for ever", async () => {
    start();
    bench.isolate().stub = () => ({ sync: () => new Promise(() => {}), fill: () => new Promise(() => {}) });
    expect(how(await bench.read())).toBe(STARTING);
    await bench.pass(TIMEOUTS.syncMs);
    bench.isolate().stub = undefined;
    expect(how(await bench.read())).toBe("miss");
  });
});
