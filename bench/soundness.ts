/** The long run: `node bench/soundness.ts [pairs] [seed]`. Prints violations and the precision table. */
import { describe, Report } from "../test/data/soundness/report.ts";
import { openDatabase, Trial } from "../test/data/soundness/run.ts";
import { shrink } from "../test/data/soundness/shrink.ts";
import { WORLD_KINDS } from "../test/data/soundness/world.ts";

const wanted = Number(process.argv[2] ?? 200_000);
const firstSeed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 30));
const report = new Report();
const started = Date.now();
let database = await openDatabase();

for (let number = 0; report.pairs < wanted; number += 1) {
  const kind = WORLD_KINDS[number % WORLD_KINDS.length] ?? "plain";
  if (number % 40 === 39) {
    await database.close();
    database = await openDatabase();
  }
  const trial = new Trial(database, firstSeed + number, kind);
  await trial.start();
  for (let step = 0; step < 60; step += 1) for (const outcome of await trial.step()) report.add(outcome);
}

for (const outcome of [...report.violations, ...report.bareViolations].slice(0, 5)) {
  console.log(`VIOLATION\n${describe(await shrink(database, outcome))}\n`);
}
console.log(report.table());
const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(
  `\n${report.pairs} pairs from seed ${firstSeed} in ${seconds} s: ${report.violations.length} violations, ${report.bareViolations.length} without schema`,
);
process.exit(report.violations.length + report.bareViolations.length > 0 ? 1 : 0);
