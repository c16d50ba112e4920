import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../../testing/random.ts";
import { CapturedDatabase } from "../testing/database.ts";
import { RANDOM_COLUMNS, RANDOM_TABLES, RandomStatements } from "../testing/random-statements.ts";
import { Replica } from "../testing/replica.ts";

// STATEMENTS=2000 SEED=7 npx vitest run src/capture/watch/random-statements.test.ts
const statements = Number(process.env.STATEMENTS ?? 100);
const seed = Number(process.env.SEED ?? 1);

const tables = Object.keys(RANDOM_TABLES);
/** Beyond so many rows a table is emptied. */
const ROWS_KEPT = 6_000;

type Image = Readonly<Record<string, unknown>>;

interface Trial {
  /** What the copies lack or have otherwise, with the statement after which that showed. */
  readonly errors: readonly string[];
  readonly failed: number;
  readonly rows: number;
  readonly flushes: number;
}

/** Runs random statements and pulls now and then, in pages of any size, until what is told does not make the same tables. */
async function trial(database: CapturedDatabase, count: number): Promise<Trial> {
  const random = new Random(seed);
  const source = new RandomStatements(random);
  const replicas = new Map(tables.map((table) => [table, new Replica(RANDOM_COLUMNS)]));
  const errors: string[] = [];
  let failed = 0;
  const check = async (statement: string) => {
    const changes = await database.toldChanges(random.pick([1, 7, 300, 2_000]));
    for (const [table, replica] of replicas) {
      const isFlushed = replica.take(changes.filter((change) => change.table === table));
      const found = await database.rows<{ image: Image }>(`select to_json(t) as image from ${table} t`);
      const rows = found.map(({ image }) => image);
      if (isFlushed) replica.reset(rows);
      replica.check(rows);
      for (const error of replica.errors.slice(0, 3)) errors.push(`${table}, ${error}: ${statement}`);
      if (rows.length > ROWS_KEPT) await database.exec(`truncate ${table}`);
    }
  };
  for (let n = 0; n < count && errors.length === 0; n += 1) {
    const statement = source.next();
    await database.exec(statement).catch(async () => {
      failed += 1;
      await database.exec("rollback");
    });
    if (random.chance(0.5) || n === count - 1) await check(statement);
  }
  const counts = [...replicas.values()].map((replica) => replica.counts);
  const sum = (of: "rows" | "flushes") => counts.reduce((total, each) => total + each[of], 0);
  return { errors, failed, rows: sum("rows"), flushes: sum("flushes") };
}

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(Object.values(RANDOM_TABLES).join(""), tables);
});
afterAll(() => database.close());

test(`I5, L4. what is told of ${statements} random statements makes the same tables (seed ${seed})`, async () => {
  const { errors, failed, rows, flushes } = await trial(database, statements);
  console.info(`${rows} rows told, ${flushes} flushes, ${failed} statements failed`);
  expect(errors).toEqual([]);
  // The trial is worth something only while most statements do something, and are told row by row.
  expect(failed).toBeLessThan(statements / 10);
  expect(rows).toBeGreaterThan(statements * 10);
  expect(flushes).toBeLessThan(statements / 4);
}, 3_600_000);

test.each([
  ["the first row of each batch is lost", "offset p.skipped", "offset p.skipped + 1"],
  [
    "new and old rows are not of the same places",
    "from old_rows r limit p.taken",
    "from (select o.* from old_rows o order by random()) r limit p.taken",
  ],
  ["a row between two pages is lost", "w.id > after", "w.id > after + 1"],
])(
  "is caught: %s",
  async (_, part, instead) => {
    const mutated = await CapturedDatabase.create(Object.values(RANDOM_TABLES).join(""), tables);
    const definitions = await mutated.rows<{ text: string }>(
      "select pg_get_functiondef(oid) as text from pg_proc where pronamespace = 'tidemark'::regnamespace and proname ~ '^(capture_[0-9]|changes$)'",
    );
    const hits = definitions.filter(({ text }) => text.includes(part));
    expect(hits).not.toEqual([]);
    for (const { text } of hits) await mutated.exec(text.replaceAll(part, () => instead));
    await mutated.told();
    expect((await trial(mutated, 60)).errors.length).toBeGreaterThan(0);
    await mutated.close();
  },
  600_000,
);
