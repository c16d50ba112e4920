import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FunctionTrial, noFigures, type Sabotage } from "../../testing/functions/trial.ts";
import { type Database, openServer } from "../../testing/soundness/database.ts";

// Reads by functions (docs/design/functions.md): random functions, labels, arguments and overloads over random rows and
// policies; whoever is served from the cache would have got that very answer. `PAIRS=50000 SEED=…` for the long run.

const PAIRS = Number(process.env.PAIRS ?? 2_000);
const SEED = Number(process.env.SEED ?? 16);
const STEPS = 40;

/** A server that has dropped and made everything as often as this is slower than a new one. */
const TRIALS_A_SERVER = 12;

let database: Database;

beforeAll(async () => {
  database = await openServer();
});

afterAll(() => database?.close());

async function run(pairs: number, first = SEED, sabotage?: Sabotage) {
  const figures = noFigures();
  const isFound = () => sabotage !== undefined && figures.wrong.length > 0;
  // However little is kept, it ends.
  for (let seed = first; figures.pairs < pairs && figures.filled < 3 * pairs && !isFound(); seed += 1) {
    if (seed > first && (seed - first) % TRIALS_A_SERVER === 0) {
      await database.close();
      database = await openServer();
    }
    const trial = new FunctionTrial(database, seed, figures, sabotage);
    await trial.start();
    for (let step = 0; step < STEPS && figures.pairs < pairs && !isFound(); step += 1) await trial.step();
  }
  return figures;
}

test("I7. no function's answer from the cache differs from the reader's own", { timeout: 0 }, async () => {
  const { wrong, pairs, shared, outlived, filled, byAge, bypassed } = await run(PAIRS);
  const counted = { pairs, shared, outlived, filled, byAge, ...Object.fromEntries(bypassed) };
  console.info(`| ${Object.keys(counted).join(" | ")} |\n| ${Object.values(counted).join(" | ")} |`);
  expect(wrong.slice(0, 2)).toEqual([]);
  // It is not sound by keeping nothing.
  expect(shared).toBeGreaterThan(pairs / 20);
  expect(outlived).toBeGreaterThan(pairs / 10);
});

describe("the trial finds what is broken on purpose", () => {
  test.each<readonly [string, Sabotage]>([
    ["I7. changes of a table are not heard", { deafTo: "public.docs" }],
    ["I4. arguments are left out of the key", { key: (key) => key.replace(/\?\S*|POST:\S*/g, "") }],
    ["I1. changes of functions are not heard", { ignoresSchema: true }],
  ])("%s", async (_, sabotage) => {
    expect((await run(PAIRS, SEED, sabotage)).wrong).not.toEqual([]);
  });
});
