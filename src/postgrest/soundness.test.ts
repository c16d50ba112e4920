import { expect, test } from "vitest";
import { openDatabase } from "../../test/data/soundness/database.ts";
import { describe, Report } from "../../test/data/soundness/report.ts";
import { Trial } from "../../test/data/soundness/run.ts";
import { shrink } from "../../test/data/soundness/shrink.ts";
import { WORLD_KINDS } from "../../test/data/soundness/world.ts";

// SEED=… for another run; a failure prints its own. The long run is `node bench/soundness.ts`.
const seed = Number(process.env.SEED ?? 20_261_121);

test(`7. no verdict calls a change harmless that altered the answer, on a real Postgres (seed ${seed})`, async () => {
  const database = await openDatabase();
  const report = new Report();
  for (let number = 0; report.pairs < 5_000; number += 1) {
    const kind = WORLD_KINDS[number % WORLD_KINDS.length] ?? "plain";
    const trial = new Trial(database, seed + number, kind);
    await trial.start();
    for (let step = 0; step < 40; step += 1) for (const outcome of await trial.step()) report.add(outcome);
  }
  const violations = [...report.violations, ...report.bareViolations].slice(0, 2);
  const shrunk = [];
  for (const violation of violations) shrunk.push(describe(await shrink(database, violation)));
  await database.close();
  expect(shrunk).toEqual([]);
  // A verdict that spares nothing would be sound too.
  const typed = report.groups.get("typed columns, no embeds");
  expect(typed?.precision).toBeGreaterThan(0.7);
}, 120_000);
