import { expect, it } from "vitest";
import { ask, PUBLISHABLE_KEY, withinBound } from "../../../testing/gateway/stack.ts";
import { startProcessStack, untilOriginAnswers } from "./process-stack.ts";

it("I1. a keeper that starts without a database proves nothing until it pulls", async () => {
  const stack = await startProcessStack("pulled");
  const read = () =>
    ask(`${stack.gateway.url}/rest/v1/quiet?select=id,version`, {
      headers: { apikey: PUBLISHABLE_KEY, "cache-control": "max-age=1" },
    });
  try {
    await stack.origin.kill();
    expect((await read()).status).toBe(502);
    await stack.origin.start();
    await untilOriginAnswers(stack);
    expect((await read()).json[0].version).toBe(1);
    await stack.sql`update quiet set version = 2`;
    const isNew = (answer: Awaited<ReturnType<typeof read>>) => answer.json[0].version === 2;
    const answer = await withinBound(1_000, performance.now(), read, isNew);
    expect(answer.cacheStatus).not.toMatch(/hit.*unproven/);
  } finally {
    await stack.stop();
  }
});
