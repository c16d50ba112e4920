import { beforeEach, describe, expect, it } from "vitest";
import { BucketFence } from "../../fence/bucket-fence.ts";
import type { FenceSync } from "../../fence/fence-sync.ts";
import type { StoredResponse } from "../../keeper/protocol/entry.ts";
import type { FillRequest, Sharing } from "../../keeper/protocol/fill.ts";
import { readOf } from "../../keeper/testing/fixtures.ts";
import { Lru } from "../../runtime/lru.ts";
import { how, R0 } from "../testing/bench.ts";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";
import { AnswerMemory } from "./answer-memory.ts";
import type { StartedRead, VouchedBearer } from "./bounded-read.ts";
import { type HeldAnswer, hold } from "./held-answer.ts";

const ALL = { ...readOf("/all signed-in authenticated", R0), audience: "signed-in" } as const;
const OWN = { ...readOf("/own signed-in authenticated#d", R0), audience: "signed-in" } as const;

let sharing: Sharing;
let fills: FillRequest[];

/**
 * The keeper is the real one, which here is asked as for anonymous readers; S8's words are put into its answers. What it
 * makes of bearers by itself is proven with it.
 */
beforeEach(() => {
  sharing = "uncleared";
  fills = [];
  start({ changes: "pulled", reads: [ALL, OWN], isolates: 2 });
  for (const isolate of bench.world.isolates) {
    isolate.through = (lines) => ({
      ...lines,
      fill: async (request) => {
        fills.push(structuredClone(request));
        const read = { ...request.read, audience: "publishable" } as const;
        const answer = await lines.fill({ ...request, bearer: null, read });
        return answer.kind === "entry" ? { ...answer, sharing } : answer;
      },
    });
  }
});

auditAfterEach();

function bearerOf(name: string, number = 0): VouchedBearer {
  const generation = bench.isolate(number).reader.fence?.generation ?? "";
  return { digest: `digest of ${name}`, token: name, generation, expiresAt: Number.POSITIVE_INFINITY };
}

/** An isolate has a fence as soon as anybody has read there. */
async function settled(): Promise<void> {
  for (const number of [0, 1]) await bench.read({}, number, readOf("anything", "public.r9"));
  fills.length = 0;
}

const readAs = (name: string, read = ALL, order = {}, number = 0) =>
  bench.read({ boundMs: 60_000, bearer: bearerOf(name, number), ...order }, number, read);

const syncs = () => bench.isolate().calls.sync.length;

describe("an answer that one token has fetched", () => {
  beforeEach(settled);

  it("S8. serves that token at once, and another one when a pull has begun after it arrived", async () => {
    expect(how(await readAs("ada"))).toBe("miss");
    expect(how(await readAs("ada"))).toBe("memory");
    const before = [syncs(), bench.world.outbox?.pulls ?? 0] as const;
    expect(how(await readAs("boris"))).toBe("verified");
    expect([syncs(), bench.world.outbox?.pulls]).toEqual([before[0] + 1, before[1] + 1]);
    expect(how(await readAs("chiara"))).toBe("memory");
    expect(syncs()).toBe(before[0] + 1);
    expect(fills).toHaveLength(1);
  });

  it("S8. is not given to another one if that pull brings a change", async () => {
    await readAs("ada");
    await bench.change(R0);
    expect(how(await readAs("boris"))).toBe("keeper");
    expect(fills.map(({ bearer, have }) => [bearer?.token, have])).toEqual([
      ["ada", null],
      // "Still good" must not be asked for what is not his.
      ["boris", null],
    ]);
  });

  it("S8. is not given to another one if no pull can be had", async () => {
    await readAs("ada");
    bench.weather.delays["to-keeper"] = 5_000;
    expect(how(await readAs("boris"))).toBe("direct: keeper-failed");
  });

  it("S8. that is its own stays its own, under any fence", async () => {
    sharing = "own";
    await readAs("ada");
    await bench.pass(40_000);
    expect(how(await readAs("boris"))).toBe("keeper");
    expect(fills.map(({ bearer }) => bearer?.token)).toEqual(["ada", "boris"]);
  });

  it("S8. that the keeper has cleared is everybody's at once", async () => {
    sharing = "free";
    await readAs("ada");
    const before = syncs();
    expect(how(await readAs("boris"))).toBe("memory");
    expect(syncs()).toBe(before);
  });

  it("S8. serves nobody of another generation", async () => {
    sharing = "free";
    await readAs("ada");
    const stranger = { ...bearerOf("ada"), generation: "elsewhere" };
    expect((await readAs("ada", ALL, { bearer: stranger })).result.kind).toBe("direct");
  });

  it("S8. once cleared, still serves others in the bound after a change has refused it (P11)", async () => {
    await readAs("ada");
    await readAs("boris");
    await bench.change(R0);
    await bench.pass(31_000);
    expect(how(await readAs("chiara"))).toBe("memory");
    await bench.pass(1_000);
    expect(how(await readAs("chiara"))).toBe("revalidating");
  });
});

describe("readers who wait for another token's answer", () => {
  beforeEach(settled);

  it("S8. get it under a younger fence, all by one sync", async () => {
    bench.weather.delays.origin = 100;
    const { world } = bench;
    const before = syncs();
    const order = (name: string) => ({ boundMs: 60_000, bearer: bearerOf(name) });
    const reads = ["ada", "boris", "chiara", "dmitri"].map((name) =>
      world.read(bench.isolate(), ALL, order(name)),
    );
    const answers = await bench.until(Promise.all(reads));
    expect(answers.map(how)).toEqual(["miss", "verified", "verified", "verified"]);
    expect(fills).toHaveLength(1);
    expect(syncs()).toBe(before + 1);
  });

  it("S8. never get its error: each asks for themselves", async () => {
    bench.weather.delays.origin = 100;
    bench.weather.mishaps.add("origin-errs");
    const { world } = bench;
    const order = (name: string) => ({ boundMs: 60_000, bearer: bearerOf(name) });
    const reads = ["ada", "boris"].map((name) => world.read(bench.isolate(), ALL, order(name)));
    const answers = await bench.until(Promise.all(reads));
    expect(answers.map(how)).toEqual(["bypass", "bypass"]);
    expect(fills.map(({ bearer }) => bearer?.token)).toEqual(["ada", "boris"]);
  });
});

describe("what is done behind a hit", () => {
  beforeEach(settled);

  it("S8. is done with the token of the reader who is there", async () => {
    sharing = "free";
    await readAs("ada");
    await bench.change(R0);
    await bench.pass(31_000);
    await readAs("boris");
    await bench.pass(20_000);
    await readAs("chiara");
    await bench.pass(2_000);
    expect(fills.map(({ bearer, priority }) => [bearer?.token, priority])).toEqual([
      ["ada", "miss"],
      ["chiara", "refresh"],
    ]);
    await bench.pass(60_000);
    expect(fills).toHaveLength(2);
  });

  it("S9. asks KV for nothing personal", async () => {
    const { kvReads } = bench.isolate();
    await readAs("ada", OWN);
    await bench.pass(90_000);
    await readAs("ada", OWN);
    expect(bench.isolate().kvReads).toBe(kvReads);
    await readAs("ada", ALL);
    expect(bench.isolate().kvReads).toBe(kvReads + 1);
  });
});

describe("the moment that clears an answer", () => {
  const AT = 1_800_000_000_000;
  const position = { generation: "g1", mark: 1 };
  const entry: StoredResponse = {
    ...{ ...position, status: 200, headers: {}, etag: "", body: new ArrayBuffer(0), filledAt: AT },
    ...{ relations: [R0], watched: true },
  };

  const fenceOf = (asOf: number, proven: boolean) =>
    BucketFence.merge(
      null,
      null,
      {
        ...{ kind: "synced", position, full: true, buckets: new Uint16Array(), marks: new Float64Array() },
        ...{ floor: 0, purgedAt: 0, age: 0, proven, mode: "on", modeSetAt: 0, pull: "none" },
      },
      asOf,
    );

  it.each([
    ["after its arrival", 1, true, "uncleared", true],
    ["at its arrival", 0, true, "uncleared", false],
    ["before it", -1, true, "uncleared", false],
    ["after it, for an answer that is somebody's own", 1, true, "own", false],
    ["after it, but nothing is pulled", 1, false, "uncleared", false],
  ] as const)("S8. a fence as of %s", (_, later, proven, given, expected) => {
    const fence = fenceOf(AT + later, proven);
    const memory = new AnswerMemory(new Lru<HeldAnswer>({ maxBytes: 1e6, maxEntries: 9 }), {
      fence,
    } as FenceSync);
    const held = hold(ALL.key, entry, AT, { owner: "ada", sharing: given, arrivedAt: AT });
    const read = { bearer: { ...bearerOf("boris"), generation: "g1" } } as StartedRead;
    expect(memory.isFor(held, read, true)).toBe(expected);
    expect(memory.isFor(held, read, false)).toBe(expected);
    expect(held.owner).toBe(expected ? null : "ada");
  });
});
