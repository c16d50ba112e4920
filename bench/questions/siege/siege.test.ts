import { describe, expect, it } from "vitest";
import { ATTACKS } from "./attacks/all.ts";
import { targetsOf } from "./figures.ts";
import { besiege } from "./run.ts";

const PLAN = {
  seed: 1,
  rounds: 1,
  phaseMs: 3_000,
  readsPerSecond: 10,
  intensity: 0.25,
  // Judges errors, rows and counts, never a time, so the machine's other load does not matter.
  patient: true,
  attacks: ATTACKS.map(({ name }) => name),
};

describe("a siege of a few seconds, with every attack", () => {
  it("costs other clients no error, no wrong or stale row, no memory and no budget", {
    timeout: 600_000,
  }, async () => {
    const rounds = await besiege(PLAN, () => {});
    const [{ calm, siege } = expect.fail("no round")] = rounds;

    expect(siege.attacks.filter(({ sent }) => sent === 0)).toEqual([]);
    expect(siege.bystanders.reads).toBe(calm.bystanders.reads);
    expect(siege.bystanders.told).toEqual([]);
    expect(targetsOf(rounds).filter(({ isCount, met }) => isCount && !met)).toEqual([]);
  });
});
