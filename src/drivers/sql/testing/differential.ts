// For tests: what a plan says a statement reads, held against a database.

import { Random } from "../../../../testing/random.ts";
import type { RowMap } from "../../../rows/row-map.ts";
import { outlineOf, planOf } from "../plan.ts";
import { readStatement } from "../read-statement.ts";
import { KnownRelations } from "../relations.ts";
import type { DialectName } from "../token.ts";
import { RandomSelect, TEST_COLUMNS, TEST_TABLES, TEST_VIEWS } from "./random-select.ts";

export type TestRow = Readonly<Record<string, number>>;

/** One change of one row. */
export interface TestChange {
  readonly table: string;
  readonly before: TestRow | undefined;
  readonly after: TestRow | undefined;
}

export interface TestDatabase {
  readonly dialect: DialectName;
  /** The rows of an answer as texts, in no order; `undefined`: the statement is an error. */
  ask(sql: string, parameters: readonly (number | string)[]): Promise<string | undefined>;
  /** Changes a row, asks, and takes the change back. */
  askAfter(
    change: TestChange,
    sql: string,
    parameters: readonly (number | string)[],
  ): Promise<string | undefined>;
}

/** The rows that every table begins with, by their ids. */
export const TEST_ROWS: readonly TestRow[] = [
  { id: 1, ref: 1, label: 2 },
  { id: 2, ref: 3, label: 1 },
  { id: 3, ref: 2, label: 3 },
];

export interface Tally {
  valid: number;
  entries: number;
  narrowed: number;
  /** Answers that a change has changed. */
  changed: number;
  /** Of those, whose change an entry does not stand on. */
  readonly missed: string[];
}

export function testRelations(dialect: DialectName): KnownRelations {
  const schema = dialect === "sqlite" ? "main" : "public";
  const full = (name: string) => `${schema}.${name}`;
  const named = (watched: string) =>
    TEST_TABLES.filter((table) => table.watched === watched).map(({ name }) => full(name));
  const map: RowMap = {
    tables: Object.fromEntries(
      named("watched").map((name) => [name, { columns: TEST_COLUMNS, followed: ["id", "ref"] }]),
    ),
    unwatched: named("unwatched"),
    views: Object.fromEntries(Object.keys(TEST_VIEWS).map((name) => [full(name), []])),
    schemas: [schema],
  };
  return new KnownRelations(map, dialect, {
    viewQuery(view) {
      const statement = readStatement(TEST_VIEWS[view.slice(schema.length + 1)] ?? "", dialect);
      return statement.kind === "read" ? statement : undefined;
    },
  });
}

export async function differ(database: TestDatabase, rounds: number, seed: number): Promise<Tally> {
  const { dialect } = database;
  const relations = testRelations(dialect);
  const tally: Tally = { valid: 0, entries: 0, narrowed: 0, changed: 0, missed: [] };
  for (let round = 0; round < rounds; round++) {
    const random = Random.spread(seed + round);
    const select = new RandomSelect(random, dialect);
    const sql = select.statement();
    const { parameters } = select;
    const plan = planOf(outlineOf(readStatement(sql, dialect), relations), parameters);
    const before = await database.ask(sql, parameters);
    if (before === undefined) continue;
    tally.valid++;
    if (plan.kind === "pass") continue;
    tally.entries++;
    if (plan.where !== undefined) tally.narrowed++;
    for (const { name } of TEST_TABLES) {
      const change = randomChange(random, name);
      const after = await database.askAfter(change, sql, parameters);
      if (after === before) continue;
      tally.changed++;
      const isNamed = plan.tables.includes(`${dialect === "sqlite" ? "main" : "public"}.${name}`);
      const { where } = plan;
      const meets = (row: TestRow | undefined) =>
        row !== undefined &&
        Object.entries(where ?? {}).every(([column, value]) => String(row[column]) === String(value));
      const isToldBySome = where === undefined || meets(change.before) || meets(change.after);
      if (!isNamed || !isToldBySome) {
        tally.missed.push(
          `seed ${seed + round}: ${sql} [${parameters}] ${JSON.stringify({ plan, change, before, after })}`,
        );
      }
    }
  }
  return tally;
}

function randomChange(random: Random, table: string): TestChange {
  const before = random.pick(TEST_ROWS);
  const after = { id: before.id ?? 0, ref: random.below(4), label: random.below(4) };
  const kind = random.below(4);
  if (kind === 0) return { table, before, after: undefined };
  if (kind === 1) return { table, before: undefined, after: { ...after, id: 4 } };
  return { table, before, after: kind === 2 ? after : { ...after, id: 5 } };
}

/** The statement that makes a change. All values are numbers. */
export function changeSql({ table, before, after }: TestChange): string {
  if (after === undefined) return `DELETE FROM ${table} WHERE id = ${before?.id}`;
  const { id, ref, label } = after;
  if (before === undefined) return `INSERT INTO ${table} (id, ref, label) VALUES (${id}, ${ref}, ${label})`;
  return `UPDATE ${table} SET id = ${id}, ref = ${ref}, label = ${label} WHERE id = ${before.id}`;
}
