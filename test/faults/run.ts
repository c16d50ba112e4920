/**
 * Injects real faults for as long as you like: `node test/faults/run.ts --minutes 10 --seed 1`. With
 * `--only "workerd killed"` it runs the scenarios whose name contains that; with `--faults gateway,schema` one of these
 * faults together (`--changes hooked`: by webhooks). `--kills 100` kills workerd at least that often.
 */
import { parseArgs } from "node:util";
import { describe, thisMachine } from "../../bench/harness/machine.ts";
import { paragraph, row, table } from "./judge/report.ts";
import { FAULTS, type FaultName } from "./kinds/faults.ts";
import { openStage } from "./processes/stage.ts";
import { run } from "./scenario.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { BAD } from "./traffic/network.ts";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kills: { type: "string", default: "100" },
    only: { type: "string" },
    faults: { type: "string" },
    changes: { type: "string", default: "pulled" },
  },
});
const scenarios =
  flags.faults === undefined ? named(flags.only ?? "") : [composed(flags.faults, flags.changes)];
const seconds = (Number(flags.minutes) * 60) / scenarios.length;
console.log(`seed ${flags.seed}, ${Math.round(seconds)} s a scenario; ${describe(thisMachine())}\n`);

let violations = 0;
const rows: string[] = [];
for (const changes of ["pulled", "hooked"] as const) {
  const chosen = scenarios.filter((each) => each.changes === changes);
  if (chosen.length === 0) continue;
  const stage = await openStage(changes);
  try {
    for (const [index, scenario] of chosen.entries()) {
      const kills = scenario.name.endsWith(". workerd killed") ? { atLeast: Number(flags.kills) } : {};
      const figures = await run(scenario, stage, {
        seconds,
        seed: Number(flags.seed) + 100 * index,
        ...kills,
      });
      violations += figures.violations;
      rows.push(row(scenario.name, figures));
      console.log(paragraph(scenario.name, figures));
    }
  } finally {
    await stage.stack.stop();
  }
}
console.log(table(rows));
console.log(violations === 0 ? "Every promise was kept." : `${violations} promises were broken.`);
process.exit(violations === 0 ? 0 : 1);

function named(part: string): readonly Scenario[] {
  const found = SCENARIOS.filter(({ name }) => name.includes(part));
  if (found.length === 0) throw new Error(`There are: ${SCENARIOS.map(({ name }) => name).join(", ")}`);
  return found;
}

function composed(list: string, changes: string): Scenario {
  const faults = list.split(",");
  const unknown = faults.find((each) => !isFault(each));
  if (unknown !== undefined)
    throw new Error(`No fault is ${unknown}. There are: ${Object.keys(FAULTS).join(", ")}`);
  return {
    name: list,
    changes: changes === "hooked" ? "hooked" : "pulled",
    network: BAD,
    faults: faults.filter(isFault),
  };
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
