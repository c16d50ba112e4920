import { expect, test } from "vitest";
import { openServer } from "../../testing/soundness/database.ts";
import { FIXTURE_KINDS } from "../../testing/soundness/fixtures/kinds.ts";
import { describe, Report } from "../../testing/soundness/report.ts";
import { runTrial, trialId } from "../../testing/soundness/series.ts";
import { shrink } from "../../testing/soundness/shrink.ts";

// SEED=… for another run; a failure prints its own. The long run is `node bench/run.ts soundness`.
const seed = Number(process.env.SEED ?? 20_261_121);

test(`I7. no verdict calls a change harmless if it altered the answer, on a real Postgres (seed ${seed})`, async () => {
  const database = await openServer();
  const report = new Report();
  for (let number = 0; number < 2 * FIXTURE_KINDS.length; number += 1)
    await runTrial(database, trialId(seed, number), report, { steps: 14, queries: 18 });
  const violations = [...report.violations, ...report.bareViolations];
  const shrunk = [];
  // Shrinking one takes as long as everything else.
  for (const violation of violations.slice(0, 1)) shrunk.push(describe(await shrink(database, violation)));
  const kinds = violations.map(({ id: { kind, feed } }) => `${kind}, ${feed}`);
  await database.close();
  expect([shrunk, kinds]).toEqual([[], []]);
  // A verdict that spares nothing would be sound, too, and so would an answer that no change is compared with.
  const typed = report.groups.get("typed columns, no embeds");
  expect(typed?.precision).toBeGreaterThan(0.7);
  const { changes = 0, age = 0, nothing = 0 } = report.shares.get("plain") ?? {};
  expect(changes / (changes + age + nothing)).toBeGreaterThan(0.9);
}, 600_000);
