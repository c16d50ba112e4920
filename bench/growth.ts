import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { changesCurve } from "./growth/changes.ts";
import type { Curve } from "./growth/curve.ts";
import { isolatesCurve } from "./growth/isolates.ts";
import { keysCurve } from "./growth/keys.ts";
import { proofCurve } from "./growth/proof.ts";
import { registeredCurve } from "./growth/registered.ts";
import { asMarkdown } from "./growth/report.ts";
import { stampedeCurve } from "./growth/stampede.ts";
import { thisMachine } from "./machine.ts";

const USAGE = `node bench/growth.ts [options]

How it grows: queries, changes, keys, isolates, crowds, and what the proof costs. Each curve, where it bends, and why.
Exit code 1 only when a crowd makes more than one origin request.

Options
  --only <name,…>   of registered, changes, keys, isolates, proof, stampede
  --origin <ms>     that the stampede's origin takes (500)
  --full            more points, longer
  --write           write bench/results/growth.json and .md
  --help            show this
`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "registered,changes,keys,isolates,proof,stampede" },
    origin: { type: "string", default: "500" },
    full: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const { full } = flags;
const BOUNDS_MS = [0, 1_000, 10_000, 60_000];

/** The short form leaves out what takes long, never what looks bad. */
const CURVES: Readonly<Record<string, () => Promise<Curve>>> = {
  registered: () =>
    registeredCurve(full ? [1_000, 3_000, 10_000, 30_000, 100_000] : [1_000, 10_000, 100_000]),
  changes: () => changesCurve(full ? [1, 10, 50, 100, 500, 1_000, 2_000, 5_000] : [1, 10, 100, 1_000, 5_000]),
  keys: () => keysCurve(full ? [1, 10, 100, 1_000, 10_000, 30_000, 100_000] : [1, 100, 10_000, 100_000]),
  isolates: () => isolatesCurve(full ? [1, 2, 4, 8, 16, 32, 64] : [1, 8, 64], 10_000, full ? 120 : 40),
  proof: () => proofCurve(BOUNDS_MS, [1, 100, 1_000], full ? 120 : 30),
  stampede: () =>
    stampedeCurve(
      full ? [1, 10, 100, 300, 1_000, 3_000, 10_000] : [1, 100, 1_000, 10_000],
      Number(flags.origin),
    ),
};

if (flags.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const machine = thisMachine();
  const takenAt = new Date().toISOString();
  const curves: Curve[] = [];
  for (const name of flags.only.split(",")) {
    const measure = CURVES[name];
    if (measure === undefined)
      throw new Error(`no curve is named ${name}; there are: ${Object.keys(CURVES).join(", ")}`);
    const begun = performance.now();
    curves.push(await measure());
    process.stderr.write(`${name}: ${((performance.now() - begun) / 1_000).toFixed(0)} s\n`);
  }
  const report = { machine, takenAt, curves };
  process.stdout.write(`\n${asMarkdown(report)}`);
  const single = curves.flatMap((curve) => curve.targets ?? []).find(({ target }) => target === "1");
  if (single !== undefined && !single.met) process.exitCode = 1;
  if (!flags.write) return;
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileURLToPath(new URL("growth.md", folder)), asMarkdown(report));
  writeFileSync(fileURLToPath(new URL("growth.json", folder)), `${JSON.stringify(report, null, 1)}\n`);
}
