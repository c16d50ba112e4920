import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";
import type { Changes } from "./world.ts";

const SEED = 20_261_121;
const SECONDS = 1.5;

/** The short form of `node test/faults/run.ts`: a test for each scenario, named by the invariants of DESIGN. */
export function testScenarios(changes: Changes): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage(changes);
  }, 60_000);
  afterAll(() => stage?.world.stop());

  const scenarios = SCENARIOS.filter((each) => each.changes === changes && !each.long);
  it.each(scenarios)("$name, and every promise is kept", { timeout: 120_000 }, async (scenario) => {
    const figures = await run(scenario, stage, { seconds: SECONDS, seed: SEED });
    expect(figures.told).toEqual([]);
    expect(figures.violations).toBe(0);
    expect(figures.changes).toBeGreaterThan(0);
    expect(figures.hits).toBeGreaterThan(0);
  });
}
