import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound, workers } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ entry: workers.faulty });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const views = (answer: Answer): number => answer.json[0].views;

async function faults(body: object): Promise<void> {
  await fetch(`${stack.gateway.url}/__test/faults`, { method: "POST", body: JSON.stringify(body) });
}

describe.each(["throw", "hang"] as const)("I9. the keeper's calls %s", (keeper) => {
  const first = keeper === "throw" ? 1 : 101;

  it("I1. reads answer from the origin, and none is older than its bound", async () => {
    const target = article(first);
    await stack.read(target);
    await faults({ keeper });
    // The keeper is not told: answers must be correct without it.
    stack.webhooks.pause();
    await stack.supabase.db.query(`update articles set views = 4321 where id = ${first}`);
    stack.webhooks.lose();
    await withinBound(
      LIVELY_MS,
      performance.now(),
      () => stack.read(target),
      (answer) => views(answer) === 4_321,
    );
    for (let n = 0; n < 10; n++) {
      const answer = await stack.read(target);
      expect(views(answer)).toBe(4_321);
      expect(answer.cacheStatus).toMatch(/^tidemark; fwd=bypass; detail=(?:keeper-failed|breaker-open)/);
    }
  });

  it("keys that were never read before answer too", async () => {
    const ids = Array.from({ length: 40 }, (_, n) => first + 30 + n);
    const answers = await Promise.all(ids.map((id) => stack.read(article(id))));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  });

  it("after some failures the breaker stops calling it", async () => {
    await until("the breaker is open", async () =>
      (await stack.read(article(first))).cacheStatus.includes("breaker-open"),
    );
  });

  it("I4. a change that is not stored is not acknowledged; health and admin say why", async () => {
    const payload = {
      type: "UPDATE",
      schema: "public",
      table: "articles",
      record: { id: 1 },
      old_record: { id: 1 },
    };
    const [webhook, health, stats] = await Promise.all([
      stack.webhooks.send(JSON.stringify(payload)),
      stack.read("/_tidemark/health"),
      stack.admin("stats"),
    ]);
    expect(webhook).toBe(503);
    expect(health.json).toMatchObject({ status: "degraded", keeper: "unreachable" });
    expect(stats.status).toBe(503);
    expect(stats.json.code).toBe("keeper-unavailable");
    expect(stats.headers.has("retry-after")).toBe(true);
  });

  it("recovers by itself when the keeper is back", async () => {
    await faults({ keeper: null });
    await until("it is a hit", async () => /; hit/.test((await stack.read(article(first))).cacheStatus));
    const acknowledged = await stack.change(`update articles set views = 5555 where id = ${first}`);
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(article(first)),
      (a) => views(a) === 5_555,
    );
  });
});
