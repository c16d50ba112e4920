import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { until } from "../../testing/patience.ts";

/** One Worker is one isolate; the keeper lives in a script of its own. */
const ISOLATES = ["amsterdam", "boston", "cairo", "delhi", "edinburgh"];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ isolates: ISOLATES });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const views = (answer: Answer): number => answer.json[0].views;

describe("several isolates, one keeper, one KV", () => {
  it("I1. a change is visible in all of them within the bound", async () => {
    const target = article(1);
    for (const at of ISOLATES) await stack.read(target, { at });
    for (let round = 1; round <= 5; round++) {
      const acknowledged = await stack.change(`update articles set views = ${round}00000 where id = 1`);
      await Promise.all(
        ISOLATES.map((at) =>
          withinBound(
            LIVELY_MS,
            acknowledged,
            () => stack.read(target, { at }),
            (answer) => views(answer) === round * 100_000,
          ),
        ),
      );
    }
  });

  it("I1. and the old answer never comes back", async () => {
    const target = article(2);
    const seen = new Map(ISOLATES.map((at) => [at, 0]));
    const stop = new AbortController();
    const readers = ISOLATES.map(async (at) => {
      while (!stop.signal.aborted) {
        const now = views(await stack.read(target, { at }));
        expect(now).toBeGreaterThanOrEqual(seen.get(at) ?? 0);
        seen.set(at, now);
      }
    });
    await stack.change("update articles set views = 10 where id = 2");
    for (let n = 11; n <= 60; n++) await stack.change(`update articles set views = ${n} where id = 2`);
    await until("all isolates see the last change", () => [...seen.values()].every((n) => n === 60));
    stop.abort();
    await Promise.all(readers);
  });

  it("I3. cold in all isolates at once, the origin is asked once", async () => {
    const hold = stack.origin.hold("id=eq.30");
    const reads = ISOLATES.flatMap((at) => Array.from({ length: 10 }, () => stack.read(article(30), { at })));
    await hold.arrived;
    hold.release();
    const answers = await Promise.all(reads);
    expect(new Set(answers.map((answer) => answer.body.toString())).size).toBe(1);
    expect(hold.count).toBe(1);
  });
});

describe("KV serves old bytes", () => {
  /**
   * Reads an article until KV holds its entry; returns the KV key and value. In two isolates: a key that only one
   * isolate reads is not worth a write to KV yet.
   */
  async function inKv(id: number) {
    const target = article(id);
    const kv = await stack.gateway.kv();
    return until(`KV holds article ${id}`, async () => {
      for (const at of ["amsterdam", "edinburgh"]) await stack.read(target, { at });
      const { keys } = await kv.list();
      const key = keys.map(({ name }) => name).find((name) => name.includes(`id=eq.${id} `));
      if (key === undefined) return null;
      const { value, metadata } = await kv.getWithMetadata(key, "arrayBuffer");
      return value && { target, key, value, metadata, kv };
    });
  }

  it("I2. an isolate that has never seen the key refuses them after a change", async () => {
    const { target, ...old } = await inKv(3);
    const acknowledged = await stack.change("update articles set views = 333333 where id = 3");
    // KV's entry from before the change, put back by hand any number of times.
    for (const at of ["boston", "cairo", "delhi"]) {
      await old.kv.put(old.key, old.value, { metadata: old.metadata });
      const answer = await withinBound(
        LIVELY_MS,
        acknowledged,
        () => stack.read(target, { at }),
        (a) => views(a) === 333_333,
      );
      expect(views(answer)).toBe(333_333);
      expect(answer.cacheStatus).not.toContain("detail=kv");
    }
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(target),
      (a) => views(a) === 333_333,
    );
  });

  it("an entry that is still good is served from KV by an isolate that has never seen it", async () => {
    // A busy machine may not read KV in the time that a read waits for it. Then another one.
    let id = 40;
    await until("an entry comes from KV", async () => {
      const { target } = await inKv(id++);
      stack.origin.reset();
      const { cacheStatus } = await stack.read(target, { at: "delhi" });
      return cacheStatus === "tidemark; hit; detail=kv; unproven" && stack.origin.reads.length === 0;
    });
  });

  it("I2. an old put that comes back after two changes is refused everywhere", async () => {
    const { target, ...old } = await inKv(5);
    await stack.change("update articles set views = 1 where id = 5");
    await stack.read(target, { at: "boston" });
    const acknowledged = await stack.change("update articles set views = 555555 where id = 5");
    await old.kv.put(old.key, old.value, { metadata: old.metadata });
    for (const at of ISOLATES) {
      await withinBound(
        LIVELY_MS,
        acknowledged,
        () => stack.read(target, { at }),
        (a) => views(a) === 555_555,
      );
    }
  });

  it("what is no entry at all is a miss, not an error", async () => {
    const { target, key, kv } = await inKv(6);
    const truth = (await stack.direct(target)).body;
    for (const [value, metadata] of [
      ["", undefined],
      ["garbage", { m: "x" }],
      ["[]", { m: -1, s: 200, h: {}, e: '"x"', f: 0 }],
    ] as const) {
      await kv.put(key, value, { ...(metadata && { metadata }) });
      await stack.change("update articles set body = body || '.' where id = 6");
      const answer = await stack.read(target, { at: "cairo", headers: { "cache-control": "no-cache" } });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(truth)).toBe(true);
    }
  });
});
