import { benchCommand, listOf, numberOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { deliver } from "../../harness/results.ts";
import { changesCurve } from "./changes.ts";
import type { Curve } from "./curve.ts";
import { isolatesCurve } from "./isolates.ts";
import { keysCurve } from "./keys.ts";
import { proofCurve } from "./proof.ts";
import { registeredCurve } from "./registered.ts";
import { asMarkdown } from "./report.ts";
import { stampedeCurve } from "./stampede.ts";

export const growthCommand = benchCommand({
  name: "growth",
  description:
    "Growth with queries, changes, keys, isolates and crowds, and the cost of the proof: where each curve bends, and why. " +
    "Exits with 1 only if a crowd makes more than one origin request",
  args: {
    only: {
      type: "string",
      description: "Curves, separated by commas",
      default: "registered,changes,keys,isolates,proof,stampede",
    },
    origin: { type: "string", description: "Milliseconds that the stampede's origin takes", default: "500" },
    full: { type: "boolean", description: "More points, longer", default: false },
    write: { type: "boolean", description: "Write bench/results/growth.json and .md", default: false },
  },
  run: async ({ only, origin, full, write }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const known = curvesOf(full, numberOf("--origin", origin));
    const curves: Curve[] = [];
    for (const name of listOf(only)) {
      const measure = known[name];
      if (measure === undefined)
        throw new Error(`no curve is named ${name}; there are: ${Object.keys(known).join(", ")}`);
      const begun = performance.now();
      curves.push(await measure());
      process.stderr.write(`${name}: ${((performance.now() - begun) / 1_000).toFixed(0)} s\n`);
    }
    const report = { machine, takenAt, curves };
    const single = curves.flatMap((curve) => curve.targets ?? []).find(({ target }) => target === "1");
    const faults = single === undefined || single.met ? [] : [`${single.what}: ${single.figure}`];
    deliver("growth", { text: asMarkdown(report), report, faults: faults, write });
  },
});

const BOUNDS_MS = [0, 1_000, 10_000, 60_000];

/** The short form omits slow points, but no unflattering ones. */
function curvesOf(full: boolean, originMs: number): Readonly<Record<string, () => Promise<Curve>>> {
  return {
    registered: () =>
      registeredCurve(full ? [1_000, 3_000, 10_000, 30_000, 100_000] : [1_000, 10_000, 100_000]),
    changes: () =>
      changesCurve(full ? [1, 10, 50, 100, 500, 1_000, 2_000, 5_000] : [1, 10, 100, 1_000, 5_000]),
    keys: () => keysCurve(full ? [1, 10, 100, 1_000, 10_000, 30_000, 100_000] : [1, 100, 10_000, 100_000]),
    isolates: () => isolatesCurve(full ? [1, 2, 4, 8, 16, 32, 64] : [1, 8, 64], 10_000, full ? 120 : 40),
    proof: () => proofCurve(BOUNDS_MS, [1, 100, 1_000], full ? 120 : 30),
    stampede: () =>
      stampedeCurve(full ? [1, 10, 100, 300, 1_000, 3_000, 10_000] : [1, 100, 1_000, 10_000], originMs),
  };
}
