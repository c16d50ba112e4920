import { afterAll, beforeAll, expect, it } from "vitest";
import type { Changes } from "./processes/process-stack.ts";
import { openStage, type Stage } from "./processes/stage.ts";
import { run } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const SEED = 20_261_121;
const SECONDS = 1.5;
const LONGEST_SECONDS = 24;

/** The short form of `node test/faults/run.ts`: a test for each scenario, named by the invariants that it tries to break. */
export function testScenarios(changes: Changes): void {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage(changes);
  });
  afterAll(() => stage?.stack.stop());

  const scenarios = SCENARIOS.filter((each) => each.changes === changes && !each.long);
  it.each(scenarios)("$name, and every promise is kept", { timeout: 300_000 }, async (scenario) => {
    let [changes, hits] = [0, 0];
    // On a busy machine little happens in that time, so it runs longer.
    for (let seconds = SECONDS; seconds <= LONGEST_SECONDS && (changes === 0 || hits === 0); seconds *= 2) {
      const figures = await run(scenario, stage, { seconds, seed: SEED });
      expect(figures.told).toEqual([]);
      expect(figures.violations).toBe(0);
      changes += figures.changes;
      hits += figures.hits;
    }
    expect(changes).toBeGreaterThan(0);
    expect(hits).toBeGreaterThan(0);
  });
}
