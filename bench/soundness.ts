/**
 * The long run: `node bench/soundness.ts [pairs] [seed] [--postgres] [--write]`.
 *
 * Prints violations and the precision tables. `--postgres` asks a real server instead of PGlite; `--write` puts the
 * tables into bench/results/soundness.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { openDatabase, openServer } from "../test/data/soundness/database.ts";
import { describe, Report } from "../test/data/soundness/report.ts";
import { Trial } from "../test/data/soundness/run.ts";
import { shrink } from "../test/data/soundness/shrink.ts";
import { WORLD_KINDS } from "../test/data/soundness/world.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { postgres: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
});
const wanted = Number(positionals[0] ?? 200_000);
const firstSeed = Number(positionals[1] ?? Math.floor(Math.random() * 2 ** 30));
const open = flags.postgres ? openServer : openDatabase;
const report = new Report();
const started = Date.now();
let database = await open();

for (let number = 0; report.pairs < wanted; number += 1) {
  const kind = WORLD_KINDS[number % WORLD_KINDS.length] ?? "plain";
  // PGlite's memory only grows.
  if (!flags.postgres && number % 40 === 39) {
    await database.close();
    database = await open();
  }
  const trial = new Trial(database, firstSeed + number, kind);
  await trial.start();
  for (let step = 0; step < 60; step += 1) for (const outcome of await trial.step()) report.add(outcome);
}

for (const outcome of [...report.violations, ...report.bareViolations].slice(0, 5)) {
  console.log(`VIOLATION\n${describe(await shrink(database, outcome))}\n`);
}
await database.close();
const seconds = (Date.now() - started) / 1000;
const [judge, perSecond] = [flags.postgres ? "PostgreSQL" : "PGlite", Math.round(report.pairs / seconds)];
const summary = `${report.pairs} pairs from seed ${firstSeed}, judged by ${judge}: ${report.violations.length} violations, ${report.bareViolations.length} without schema`;
console.log(`${report.table()}\n\n${summary}; ${seconds.toFixed(0)} s, ${perSecond} pairs/s`);
if (flags.write) {
  const results = new URL("results/", import.meta.url);
  await mkdir(results, { recursive: true });
  await writeFile(new URL("soundness.md", results), `# Verdicts\n\n${summary}.\n\n${report.table()}\n`);
}
process.exit(report.violations.length + report.bareViolations.length > 0 ? 1 : 0);
