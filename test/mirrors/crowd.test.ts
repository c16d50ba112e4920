import { afterAll, beforeAll, expect, test } from "vitest";
import type { StormOrder } from "../../testing/gateway/mirror-orders.ts";
import { ask, configured, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { PLACES } from "./places.ts";

/** Longer than this takes on any machine: what is counted is how a crowd shares calls, not how long it takes. */
const BOUND_MS = 60_000;

let stack: Stack;

beforeAll(async () => {
  const { env } = configured({
    tables: { articles: { freshness: BOUND_MS / 1_000 } },
    mirrors: { perRegion: 1 },
  });
  stack = await startStack({
    ...{ entry: workers.mirrored, env, mirrors: true, changes: "pulled" },
    isolates: PLACES.map(({ at }) => at),
  });
});

afterAll(() => stack?.stop());

const syncs = async (): Promise<number> => (await stack.admin("stats")).json.syncs;

test("M2. 2,000 syncs at once, by two cold mirrors, cost the keeper at most ten calls", async () => {
  const before = await syncs();
  const storms = await Promise.all(
    PLACES.map(({ at, mirror }) => {
      const order: StormOrder = { mirror, calls: 334, boundMs: BOUND_MS };
      return ask(`${stack.gateway.urlOf(at)}/__test/storm`, { method: "POST", body: JSON.stringify(order) });
    }),
  );
  const ages: number[] = storms.flatMap(({ json }) => json.ages);
  expect(ages).toHaveLength(2_004);
  expect(Math.max(...ages)).toBeLessThanOrEqual(BOUND_MS);
  const cost = (await syncs()) - before;
  expect(cost).toBeGreaterThan(0);
  expect(cost).toBeLessThanOrEqual(10);
});
