import { expect, it } from "vitest";
import { ask, PUBLISHABLE_KEY, withinBound } from "../../../testing/gateway/stack.ts";
import { startWorld, untilOriginAnswers } from "./world.ts";

it("I1. a keeper whose first start meets no database proves nothing, until it pulls", async () => {
  const world = await startWorld("pulled");
  const read = () =>
    ask(`${world.gateway.url}/rest/v1/quiet?select=id,version`, {
      headers: { apikey: PUBLISHABLE_KEY, "cache-control": "max-age=1" },
    });
  try {
    await world.origin.kill();
    expect((await read()).status).toBe(502);
    await world.origin.start();
    await untilOriginAnswers(world);
    expect((await read()).json[0].version).toBe(1);
    await world.sql`update quiet set version = 2`;
    const isNew = (answer: Awaited<ReturnType<typeof read>>) => answer.json[0].version === 2;
    const answer = await withinBound(1_000, performance.now(), read, isNew);
    expect(answer.cacheStatus).not.toMatch(/hit.*unproven/);
  } finally {
    await world.stop();
  }
});
