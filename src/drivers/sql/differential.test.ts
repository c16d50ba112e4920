import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startPostgres } from "../../../testing/postgres.ts";
import { changeSql, differ, type Tally, TEST_ROWS, type TestDatabase } from "./testing/differential.ts";
import { TEST_TABLES, TEST_VIEWS } from "./testing/random-select.ts";

/** `DIFFERENTIAL_ROUNDS` and `DIFFERENTIAL_SEED` for longer or other runs. */
const ROUNDS = Number(process.env.DIFFERENTIAL_ROUNDS ?? 4_000);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1_700);

const SETUP = [
  ...TEST_TABLES.flatMap(({ name }) => [
    `CREATE TABLE ${name} (id int PRIMARY KEY, ref int, label int)`,
    ...TEST_ROWS.map((after) => changeSql({ table: name, before: undefined, after })),
  ]),
  ...Object.entries(TEST_VIEWS).map(([name, query]) => `CREATE VIEW ${name} AS ${query}`),
];

function expectSound(tally: Tally, rounds: number) {
  const { missed, ...counts } = tally;
  console.log(JSON.stringify({ seed: SEED, rounds, ...counts }));
  expect(missed).toEqual([]);
  // A test in which nothing is an entry, or nothing changes, would show nothing.
  expect(tally.entries).toBeGreaterThan(rounds / 10);
  expect(tally.narrowed).toBeGreaterThan(rounds / 100);
  expect(tally.changed).toBeGreaterThan(rounds / 10);
}

test("R3. SQLite: no answer changes by a change of a table or row that its statement's plan does not name", async () => {
  const database = new DatabaseSync(":memory:");
  for (const sql of SETUP) database.exec(sql);
  const ask: TestDatabase["ask"] = async (sql, parameters) => {
    try {
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      const used = parameters.slice(0, parameters.length);
      return statement
        .all(...used)
        .map((row) => JSON.stringify(row))
        .sort()
        .join("\n");
    } catch {
      return undefined;
    }
  };
  const tally = await differ(
    {
      dialect: "sqlite",
      ask,
      async askAfter(change, sql, parameters) {
        database.exec("BEGIN");
        database.exec(changeSql(change));
        const answer = await ask(sql, parameters);
        database.exec("ROLLBACK");
        return answer;
      },
    },
    ROUNDS,
    SEED,
  );
  expectSound(tally, ROUNDS);
});

test("R3. Postgres: no answer changes by a change of a table or row that its statement's plan does not name", async () => {
  const postgres = await startPostgres();
  try {
    const sql = postgres.sql({ max: 1, prepare: false });
    for (const text of SETUP) await sql.unsafe(text);
    const ask: TestDatabase["ask"] = async (text, parameters) => {
      try {
        const rows = await sql.unsafe(text, [...parameters]).values();
        return [...rows]
          .map((row) => JSON.stringify(row))
          .sort()
          .join("\n");
      } catch {
        return undefined;
      }
    };
    const tally = await differ(
      {
        dialect: "postgres",
        ask,
        async askAfter(change, text, parameters) {
          await sql.unsafe("BEGIN");
          await sql.unsafe(changeSql(change));
          const answer = await ask(text, parameters);
          await sql.unsafe("ROLLBACK");
          return answer;
        },
      },
      ROUNDS / 4,
      SEED,
    );
    expectSound(tally, ROUNDS / 4);
  } finally {
    await postgres.stop();
  }
});
