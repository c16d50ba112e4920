import { afterAll, beforeAll, expect, it } from "vitest";
import { askHealth, pulling, type Stack, startStack } from "../../testing/gateway/stack.ts";

const SHORT = "fifteen letters";

let stack: Stack;
/** Calls of capture's functions. */
const called: string[] = [];

beforeAll(async () => {
  stack = await startStack({ env: { ...pulling(), TIDEMARK_CAPTURE_SECRET: SHORT } });
  stack.origin.instead = ({ url }) => {
    if (url.includes("/rpc/tidemark_")) called.push(url);
    return undefined;
  };
});

afterAll(() => stack?.stop());

it("a capture secret that is too short is never sent to the database, and nothing is served without proof", async () => {
  const target = "/rest/v1/articles?select=id,views&id=eq.1";
  for (let views = 1; views <= 5; views++) {
    await stack.supabase.db.query(`update articles set views = ${views} where id = 1`);
    const answer = await stack.read(target);
    expect([answer.status, answer.json[0].views]).toEqual([200, views]);
    expect(answer.cacheStatus).toMatch(/^tidemark; fwd=bypass; detail=/);
  }
  expect(called).toEqual([]);
  const health = await askHealth(stack.gateway.url);
  expect(health.json).toMatchObject({ status: "degraded", schema: "missing" });
  expect(health.body.toString()).not.toContain(SHORT);
});
