import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { noFigures, type Sabotage, TwoUsersTrial } from "../../testing/two-users/trial.ts";

// Two users, one database (docs/design/next/audiences.md): whoever is served by another's entry would have got that very
// answer, under changes of rows, memberships, policies, roles and functions. `PAIRS=1000000 SEED=…` for the long run.

const PAIRS = Number(process.env.PAIRS ?? 20_000);
const SEED = Number(process.env.SEED ?? 14);
const STEPS = 60;

let database: Database;

beforeAll(async () => {
  database = await openServer();
});

afterAll(() => database?.close());

async function run(pairs: number, first = SEED, sabotage?: Sabotage) {
  const figures = noFigures();
  const isFound = () => sabotage !== undefined && figures.leaks.length > 0;
  // However little is shared, it ends.
  for (let seed = first; figures.pairs < pairs && figures.filled < pairs && !isFound(); seed += 1) {
    const trial = new TwoUsersTrial(database, seed, figures, sabotage);
    await trial.start();
    for (let step = 0; step < STEPS && figures.pairs < pairs && !isFound(); step += 1) await trial.step();
  }
  return figures;
}

test("S1. nobody is served an answer that differs from their own", { timeout: 0 }, async () => {
  const { leaks, pairs, shared, filled, bypassed } = await run(PAIRS);
  console.info(
    `| pairs | of these shared | filled | ${[...bypassed.keys()].join(" | ")} |\n| ${pairs} | ${shared} | ${filled} | ${[...bypassed.values()].join(" | ")} |`,
  );
  expect(leaks.slice(0, 3)).toEqual([]);
  // It is not sound by sharing nothing.
  expect(shared).toBeGreaterThan(pairs / 10);
});

describe("the trial finds what is broken on purpose", () => {
  test.each<readonly [string, number, Sabotage]>([
    ["S6. the role alone names the audience", 1, { audience: (role) => role }],
    [
      "S6. the role is left out",
      3,
      { audience: (_, paths, { claims }) => JSON.stringify([paths, [...claims]]) },
    ],
    ["S7. changes of roles are ignored", 2, { ignoresRoles: true }],
  ])("%s", async (_, seed, sabotage) => {
    expect((await run(PAIRS, seed, sabotage)).leaks).not.toEqual([]);
  });
});
