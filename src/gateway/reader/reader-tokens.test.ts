import { describe, expect, it } from "vitest";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { A, how, R0 } from "../testing/bench.ts";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";

auditAfterEach();

function positionOf(number = 0) {
  const position = bench.isolate(number).reader.fence?.position;
  if (!position) throw new Error("no fence");
  return position;
}

describe("a token", () => {
  it("I6. is honoured by any isolate, whatever it holds and however wide the bound", async () => {
    start({ isolates: 2 });
    await bench.read({}, 0);
    await bench.read({}, 1);
    await bench.change();
    expect((await bench.read({ boundMs: 0 }, 0)).shown).toEqual({ [R0]: 1 });
    const token = positionOf(0);
    const order = { boundMs: 60_000, token };
    expect((await bench.read(order, 1)).shown).toEqual({ [R0]: 1 });
    expect(how(await bench.read(order, 1))).toBe("memory");
  });

  it("I6. is not satisfied by what was proven until a moment ago (P11)", async () => {
    start({ isolates: 2 });
    await bench.read({ boundMs: 60_000 }, 1);
    await bench.change();
    await bench.read({ boundMs: 0 }, 0);
    const token = positionOf(0);
    // Without the token, the old answer is within the bound.
    expect((await bench.read({ boundMs: 60_000 }, 1)).shown).toEqual({ [R0]: 0 });
    expect((await bench.read({ boundMs: 60_000, token }, 1)).shown).toEqual({ [R0]: 1 });
  });

  // Seed 205926 of the histories with four buckets: a strict read's answer may be proven by its fill's begin,
  // with a fence that is still below the write.
  it("I6. is not issued for an answer that only the begin of another read's fill proves (P22)", async () => {
    const other = readOf("other", R0);
    const { world } = start({ reads: [A, other] });
    await bench.read({ boundMs: 60_000 }, 0, other);
    await bench.pass(1_000);
    bench.weather.delays.kv = 50;
    const leader = world.read(bench.isolate(), A, { boundMs: 60_000 });
    await bench.pass(1);
    await bench.change();
    const strict = await bench.read({ boundMs: 0 });
    expect(strict.shown).toEqual({ [R0]: 1 });
    expect(strict.result).toMatchObject({ kind: "held", position: null });
    await bench.until(leader);
    const again = await bench.read({ boundMs: 0 });
    expect(again.result).toMatchObject({ kind: "held", position: { mark: expect.any(Number) } });
    const token = again.result.kind === "held" ? again.result.position : null;
    const answer = await bench.read({ boundMs: 60_000, token }, 0, other);
    expect(answer.shown).toEqual({ [R0]: 1 });
  });

  it("I6. of another generation makes the read strict, still through the cache (P22)", async () => {
    const { world } = start();
    await bench.read();
    const token = positionOf();
    world.host.crash(true);
    await bench.read({ boundMs: 0 });
    await bench.pass(100);
    await bench.read();
    await bench.change();
    const order = { boundMs: 60_000, token };
    expect((await bench.read({ boundMs: 60_000 })).shown).toEqual({ [R0]: 0 });
    expect((await bench.read(order)).shown).toEqual({ [R0]: 1 });
    const { calls } = bench.isolate();
    const before = calls.sync.length;
    expect((await bench.read(order)).shown).toEqual({ [R0]: 1 });
    expect(calls.sync.length).toBe(before + 1);
  });

  it("I11. above the keeper's mark costs one sync, and is read strictly (P22)", async () => {
    start();
    await bench.read();
    const { generation, mark } = positionOf();
    const { calls } = bench.isolate();
    const before = calls.sync.length;
    const answer = await bench.read({ token: { generation, mark: mark + 1_000 } });
    expect(how(answer)).toBe("verified");
    expect(calls.sync.length - before).toBe(1);
  });
});

describe("a purge", () => {
  const purge = () => bench.until(bench.world.host.call((keeper) => keeper.purge({ all: true })));

  it("I11. drops earlier proofs as soon as an isolate learns of it (P11)", async () => {
    const { world } = start();
    await bench.read({ boundMs: 60_000 });
    // Changed without an event, which is what purges are for.
    world.truth.commit(R0);
    await bench.pass(100);
    const { position } = await purge();
    await bench.until(bench.isolate().reader.follow(position, () => {}));
    const answer = await bench.read({ boundMs: 60_000 });
    expect(answer.shown).toEqual({ [R0]: 1 });
    expect(how(await bench.read({ boundMs: 60_000 }))).toBe("memory");
  });

  it("I11. reaches an isolate with any sync, not only with its own purge", async () => {
    const { world } = start();
    await bench.read({ boundMs: 60_000 });
    world.truth.commit(R0);
    await bench.pass(100);
    await purge();
    bench.isolate().reader.learn(() => {});
    await bench.pass(1_100);
    bench.isolate().reader.learn(() => {});
    await bench.pass(100);
    expect((await bench.read({ boundMs: 60_000 })).shown).toEqual({ [R0]: 1 });
  });

  it("I11. of a keeper that lost its storage drops proofs, too, though its mark is lower (P4)", async () => {
    const { world } = start();
    for (let n = 0; n < 5; n++) await purge();
    await bench.read({ boundMs: 60_000 });
    world.truth.commit(R0);
    world.host.crash(true);
    await bench.pass(100);
    await purge();
    await bench.pass(1_100);
    bench.isolate().reader.learn(() => {});
    await bench.pass(100);
    expect((await bench.read({ boundMs: 60_000 })).shown).not.toEqual({ [R0]: 0 });
  });

  it("I11. may arrive with a delayed answer: the proofs gathered meanwhile are dropped as well", async () => {
    const { world } = start();
    await bench.read({ boundMs: 60_000 });
    await bench.pass(2_000);
    // A sync starts now and arrives late; meanwhile a fill proves the entry as of a later moment.
    bench.weather.delays["to-keeper"] = 500;
    bench.isolate().reader.learn(() => {});
    await bench.pass(1);
    bench.weather.delays["to-keeper"] = 10;
    await bench.pass(100);
    const held = bench.isolate().memory.get("a");
    if (held) held.provenAt = bench.isolate().reader.now();
    world.truth.commit(R0);
    await purge();
    await bench.pass(500);
    expect((await bench.read({ boundMs: 60_000 })).shown).toEqual({ [R0]: 1 });
  });

  it("I11. is correct for a fill that was under way", async () => {
    const { world } = start();
    bench.weather.delays.origin = 500;
    const read = world.read(bench.isolate(), A, { boundMs: 60_000 });
    await bench.pass(700);
    world.truth.commit(R0);
    const { position } = await purge();
    await bench.until(bench.isolate().reader.follow(position, () => {}));
    const after = await bench.read({ boundMs: 60_000 });
    expect(after.shown).not.toEqual({ [R0]: 0 });
    await bench.until(read);
    expect((await bench.read({ boundMs: 60_000 })).shown).toEqual({ [R0]: 1 });
  });
});
