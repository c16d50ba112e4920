import { describe, expect, it } from "vitest";
import { readOf } from "../../../keeper/testing/fixtures.ts";
import { A, how, R0 } from "../../testing/bench.ts";
import { auditAfterEach, bench, start } from "../../testing/node-bench.ts";

auditAfterEach();

const looks = () => bench.world.colo.looks;

describe("the data centre's cache", () => {
  it("has for one isolate what another has read, without KV and the keeper", async () => {
    const { world } = start({ isolates: 2, colo: true });
    expect(how(await bench.read({}, 0))).toBe("miss");
    const answer = await bench.read({}, 1);
    expect(how(answer)).toBe("colo");
    expect(bench.isolate(1).kvReads).toBe(0);
    expect(bench.isolate(1).calls.fill).toHaveLength(0);
    expect(world.host.originRequests).toBe(1);
    expect(how(await bench.read({}, 1))).toBe("memory");
    expect(looks()).toEqual({ all: 2, found: 1 });
  });

  it("I1, I2. may be as late as it likes: what a change has touched is refused, and asked for", async () => {
    start({ isolates: 3, colo: true });
    bench.world.colo.choose = (versions) => versions[0] ?? null;
    for (const boundMs of [10_000, 0, 1_000]) {
      await bench.read({ boundMs }, 0);
      await bench.change();
      const answer = await bench.read({ boundMs: 0 }, 1);
      expect(answer.shown).toEqual({ [R0]: bench.world.truth.version(R0) });
      expect(how(answer)).not.toBe("colo");
    }
    expect(looks().found).toBeGreaterThan(0);
  });

  it("gets what KV or the keeper has brought, for the next isolate", async () => {
    start({ isolates: 3, colo: true });
    await bench.read({}, 0);
    bench.world.colo.choose = () => null;
    expect(how(await bench.read({}, 1))).toBe("keeper");
    bench.world.colo.choose = (versions) => versions.at(-1) ?? null;
    expect(bench.world.colo.left.length).toBeGreaterThanOrEqual(2);
    expect(how(await bench.read({}, 2))).toBe("colo");
  });

  it("S8. is left nothing that was fetched with a token and may not be everybody's yet", async () => {
    const other = readOf("other", R0);
    start({ colo: true, reads: [A, other] });
    await bench.read({}, 0, other);
    const isolate = bench.isolate();
    const generation = isolate.reader.fence?.generation ?? "";
    let sharing: "uncleared" | "own" | "free" = "uncleared";
    isolate.through = ({ sync, fill }) => ({
      sync,
      fill: async (request) => {
        const answer = await fill({ ...request, bearer: null });
        return answer.kind === "entry" ? { ...answer, sharing } : answer;
      },
    });
    const bearer = { token: "a.b.c", digest: "digest", generation, expiresAt: Number.POSITIVE_INFINITY };
    for (const each of ["uncleared", "own", "free"] as const) {
      sharing = each;
      isolate.memory.delete(A.key);
      bench.world.colo.choose = () => null;
      await bench.read({ bearer });
      expect([each, bench.world.colo.left.includes(A.key)]).toEqual([each, each === "free"]);
    }
  });

  it("is not asked when memory has what a younger fence accepts", async () => {
    start({ colo: true });
    await bench.read();
    const { all } = looks();
    await bench.pass(10_001);
    expect(how(await bench.read())).toBe("verified");
    expect(looks().all).toBe(all);
  });

  it("is asked beside the sync, so that it makes no reader wait longer", async () => {
    start({ isolates: 2, colo: true });
    await bench.read({}, 0);
    await bench.pass(11_000);
    // It knows a generation, but needs a younger fence.
    await bench.read({}, 1);
    bench.isolate(1).memory.delete(A.key);
    await bench.pass(11_000);
    bench.weather.delays.colo = 20;
    const sync = bench.weather.delays["to-keeper"] + bench.weather.delays["from-keeper"];
    const answer = await bench.read({}, 1);
    expect([how(answer), answer.took <= sync + 1]).toEqual(["colo", true]);
  });

  it("I9. that is slow or silent costs the wait for it and nothing else", async () => {
    start({ isolates: 2, colo: true });
    await bench.read({}, 0);
    bench.world.colo.choose = () => null;
    bench.weather.delays.colo = 100;
    expect((await bench.read({}, 1)).shown).toEqual({ [R0]: 0 });
  });
});
