import { expect, it } from "vitest";
import { auditAfterEach, bench, start } from "../testing/node-bench.ts";

auditAfterEach();

it("P21. what a keeper is asked for is no older by a tick than what the read needs", async () => {
  start();
  await bench.read({ boundMs: 0 });
  await bench.change();
  await bench.read({ boundMs: 0 });
  const { fill } = bench.isolate().calls;
  expect(fill.length).toBeGreaterThan(0);
  for (const { boundMs } of fill) expect(boundMs).toBe(Math.floor(boundMs));
});
