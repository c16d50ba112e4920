import { afterAll, beforeAll, expect, test } from "vitest";
import { type D1Laboratory, d1Laboratory } from "./testing/laboratory.ts";
import { MUTATIONS, schemaThatShows } from "./testing/mutations.ts";

// STATEMENTS=100000 SEED=7 npx vitest run src/capture/d1/random-statements.test.ts
const statements = Number(process.env.STATEMENTS ?? 5_000);
const seed = Number(process.env.SEED ?? 1);

let lab: D1Laboratory;
beforeAll(async () => {
  lab = await d1Laboratory();
});
afterAll(() => lab?.dispose());

test(`R8. ${statements} random statements lose no name, and change what they change without capture (seed ${seed})`, async () => {
  const total = { statements: 0, failed: 0, changed: 0, refused: 0 };
  // In parts, since a request has to be answered some time.
  for (let part = 0; total.statements < statements; part++) {
    const size = Math.min(2_500, statements - total.statements);
    const report = await lab.trial({ seed: seed * 1_000 + part, statements: size });
    expect(report.lost[0]).toBeUndefined();
    expect(report.different[0]).toBeUndefined();
    total.statements += report.statements;
    total.failed += report.failed;
    total.changed += report.changed;
    total.refused += report.refused;
  }
  // The trial is worth something only while most statements do something.
  expect(total.failed).toBeLessThan(statements / 2);
  expect(total.changed).toBeGreaterThan(statements / 2);
  expect(total.refused).toBe(0);
}, 3_600_000);

test.each(Object.keys(MUTATIONS))("is caught: %s", async (mutation) => {
  const report = await lab.trial({ seed: 1, from: schemaThatShows(mutation), statements: 240, mutation });
  expect(report.lost.length + report.different.length).toBeGreaterThan(0);
});
