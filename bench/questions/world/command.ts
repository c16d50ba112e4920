import { benchCommand, listOf, numberOf } from "../../harness/command.ts";
import { thisMachine } from "../../harness/machine.ts";
import { deliver } from "../../harness/results.ts";
import { asMarkdown, faultsOf, type Report } from "./report.ts";
import { runWorld, type WorldFigures, type WorldOptions } from "./run.ts";

/** The mirrors that docs/design/mirrors.md gives them, and too few of them. */
const CHOICES: Readonly<Record<string, Partial<WorldOptions>>> = {
  none: { isolates: 400, mirrorsPerRegion: 0 },
  two: { mirrorsPerRegion: 2 },
  four: { mirrorsPerRegion: 4 },
  apart: { mirrorsPerRegion: 4, perColo: 0 },
  ten: { mirrorsPerRegion: 1, boundMs: 10_000, reads: 1 },
  /** 100,000 in nine regions: one region of them in full. */
  hub: { isolates: 11_112, regions: 1, mirrorsPerRegion: 40, hasHubs: true },
};

export const worldCommand = benchCommand({
  name: "world",
  description:
    "Thousands of isolates in nine regions, with mirrors: what their objects have to do, in virtual time. " +
    "Exits with 1 if an answer is older than its bound",
  args: {
    only: {
      type: "string",
      description: `Among ${Object.keys(CHOICES).join(", ")}`,
      default: "none,two,four,apart,ten,hub",
    },
    seconds: { type: "string", description: "Counted seconds, of virtual time", default: "4" },
    isolates: { type: "string", description: "Isolates", default: "10000" },
    reads: {
      type: "string",
      description: "Reads a second of each isolate, for a bound of 1 s",
      default: "20",
    },
    changes: { type: "string", description: "Changed rows a second", default: "0.2" },
    keys: { type: "string", description: "Queries that every isolate reads", default: "40" },
    seed: { type: "string", description: "Seed", default: "20261128" },
    write: { type: "boolean", description: "Write bench/results/world.json and .md", default: false },
  },
  run: async ({ only, write, ...flags }) => {
    const machine = thisMachine();
    const takenAt = new Date().toISOString();
    const usual: WorldOptions = {
      ...{ regions: 9, hasHubs: false, mirrorsPerRegion: 4, perColo: 30, boundMs: 1_000 },
      isolates: numberOf("--isolates", flags.isolates),
      reads: numberOf("--reads", flags.reads),
      changes: numberOf("--changes", flags.changes),
      keys: numberOf("--keys", flags.keys),
      seconds: numberOf("--seconds", flags.seconds),
      seed: numberOf("--seed", flags.seed),
    };
    const worlds: WorldFigures[] = [];
    for (const name of listOf(only)) {
      const choice = CHOICES[name];
      if (choice === undefined) throw new Error(`--only: nothing is named ${name}`);
      const begun = performance.now();
      worlds.push(await runWorld({ ...usual, ...choice }));
      const took = ((performance.now() - begun) / 1_000).toFixed(0);
      const { rss } = process.memoryUsage();
      process.stderr.write(`${name}: ${took} s, ${(rss / 2 ** 30).toFixed(1)} GiB\n`);
    }
    const report: Report = { machine, takenAt, worlds };
    deliver("world", { text: asMarkdown(report), report, faults: faultsOf(worlds), write });
  },
});
