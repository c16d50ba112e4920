import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../testing/postgres.ts";
import { ROLES_SQL } from "./testing/hostile/installation.ts";
import { type Names, namesOf } from "./testing/hostile/names.ts";
import { attack } from "./testing/hostile/round.ts";

// ROUNDS=200 SEED=… for a long run; a failure prints its seed, and SEED=… ROUNDS=1 repeats that round alone.
const seed = Number(process.env.SEED ?? 20_261_128);
const rounds = Number(process.env.ROUNDS ?? 1);

/** Many objects and few statements, then few objects (tidemark_schema looks at each) and every statement. */
const size = (round: number) =>
  round % 2 === 1 ? { overloads: 200, percent: 0 } : { overloads: 15, percent: 30 };

let postgres: Postgres;
let root: Sql;
let names: Names;

beforeAll(async () => {
  postgres = await startPostgres({ flags: ["-c", "fsync=off", "-c", "full_page_writes=off"] });
  root = postgres.sql({ max: 1 });
  await root.unsafe(ROLES_SQL).simple();
  names = await namesOf(root);
});
afterAll(() => postgres.stop());

test(`a hostile owner of the schema gains no rights, fails no write and hides no change (seed ${seed})`, async () => {
  const findings = new Map<string, number>();
  for (let round = seed; round < seed + rounds; round += 1) {
    for (const finding of await attack(postgres, root, names, round, size(round)))
      if (!findings.has(finding)) findings.set(finding, round);
  }
  expect([...findings].map(([finding, round]) => `SEED=${round} ${finding}`)).toEqual([]);
}, 3_600_000);
