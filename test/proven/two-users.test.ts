import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { noFigures, type Sabotage, TwoUsersTrial } from "../../testing/two-users/trial.ts";

// Two users, one database (docs/design/audiences.md): whoever is served by another's entry would have got that very
// answer, under changes of rows, memberships, policies, roles and functions. `PAIRS=1000000 SEED=…` for the long run.

const PAIRS = Number(process.env.PAIRS ?? 20_000);
const SEED = Number(process.env.SEED ?? 14);
const STEPS = 60;

let database: Database;

beforeAll(async () => {
  database = await openServer();
});

afterAll(() => database?.close());

async function run(pairs: number, sabotage?: Sabotage) {
  const figures = noFigures();
  // However little is shared, it ends.
  for (let seed = SEED; figures.pairs < pairs && figures.filled < pairs; seed += 1) {
    const trial = new TwoUsersTrial(database, seed, figures, sabotage);
    await trial.start();
    for (let step = 0; step < STEPS && figures.pairs < pairs; step += 1) await trial.step();
    if (sabotage !== undefined && figures.leaks.length > 0) break;
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
  test.each<readonly [string, Sabotage]>([
    ["S6. the role alone names the audience", { audience: (role) => role }],
    [
      "S6. the role is left out",
      { audience: (_, paths, { claims }) => JSON.stringify([paths, [...claims]]) },
    ],
    [
      "S1. claims are read as JavaScript reads numbers",
      {
        audience: (role, paths, { claims }) =>
          JSON.stringify([role, paths, [...claims.values()].map(loosely)]),
      },
    ],
    ["S7. changes of roles are ignored", { ignoresRoles: true }],
  ])("%s", async (_, sabotage) => {
    expect((await run(40_000, sabotage)).leaks).not.toEqual([]);
  });
});

function loosely(value: string | null): unknown {
  return value === null ? null : JSON.parse(value);
}
