import { Random } from "../../../../testing/random.ts";
import { installD1Sql } from "../install-sql.ts";
import { type D1CaptureOptions, D1OptionsError, type WatchPlan, watchPlans } from "../options.ts";
import { identifier } from "../quote.ts";
import { rowidName } from "../schema/rowid.ts";
import { type D1Schema, SCHEMA_QUESTIONS, schemaOf } from "../schema/schema.ts";
import { emptyDatabase } from "./empty-database.ts";
import { missing, namesLost, type SeenRow, seenSql, type ToldRow } from "./judge.ts";
import { MUTATIONS } from "./mutations.ts";
import { randomSchema } from "./random-schema.ts";
import { randomStatement } from "./random-statement.ts";
import type { TestDatabase } from "./test-database.ts";

/** What an UPDATE or DELETE does is not defined, says SQLite, when a trigger before it changes the rows it is about. */
const UNDEFINED = /^CREATE TRIGGER \S+\s+(BEFORE )?(UPDATE|DELETE)/;

export interface TrialRequest {
  readonly seed: number;
  /** How many statements are run, failing ones included. */
  readonly statements: number;
  /** The schema to begin with. Default: 0. */
  readonly from?: number | undefined;
  readonly mutation?: string | undefined;
}

export interface TrialReport {
  statements: number;
  failed: number;
  schemas: number;
  /** Schemas that the generator made and SQLite does not accept. */
  refused: number;
  changed: number;
  told: number;
  /** Statements that lost a name, with what is needed to see why. */
  readonly lost: string[];
  /** Statements that gave another result, or another error, than without capture (R10). */
  readonly different: string[];
  limited: number;
}

const STATEMENTS_A_SCHEMA = 60;
const STATEMENTS_A_BATCH = 12;

/**
 * What triggers change for a writer, and docs/d1.md says: they count to the ten levels that there are, and a STRICT table's types
 * are checked before BEFORE triggers, and so before the constraints that OR IGNORE ignores.
 */
const KNOWN_LIMITS =
  /triggers nested too deep|too many levels of trigger recursion|SQLITE_CONSTRAINT_DATATYPE/;

/** Runs random statements on two databases, one with capture and one without, and compares what happened with what is told. */
export async function trial(
  watched: TestDatabase,
  bare: TestDatabase,
  request: TrialRequest,
): Promise<TrialReport> {
  const report: TrialReport = {
    ...{ statements: 0, failed: 0, schemas: 0, refused: 0, changed: 0, told: 0, limited: 0 },
    ...{ lost: [], different: [] },
  };
  for (let round = request.from ?? 0; report.statements < request.statements; round++) {
    // What is random in SQL no seed repeats, so half of the schemas do without, and all that must be caught.
    const isConstant = round % 2 === 1 || request.mutation !== undefined;
    const random = Random.spread(request.seed * 10_007 + round);
    await trySchema(watched, bare, random, report, { ...request, isConstant });
    if (request.mutation !== undefined && report.lost.length + report.different.length > 0) break;
  }
  return report;
}

async function trySchema(
  watched: TestDatabase,
  bare: TestDatabase,
  random: Random,
  report: TrialReport,
  { statements, mutation, isConstant }: TrialRequest & { readonly isConstant: boolean },
): Promise<void> {
  await Promise.all([emptyDatabase(watched), emptyDatabase(bare)]);
  const schema = randomSchema(random, random.chance(0.4));
  const settled = (sql: string) => (isConstant ? sql.replaceAll("random()", "7") : sql);
  const creation = schema.statements.map(settled);
  try {
    for (const database of [watched, bare]) await run(database, creation);
  } catch {
    report.refused += 1;
    return;
  }
  report.schemas += 1;
  const found = schemaOf(await run(watched, SCHEMA_QUESTIONS));
  const { installation, plans } = planned(found, schema.options);
  const edit = mutation === undefined ? (sql: string) => sql : MUTATIONS[mutation];
  if (edit === undefined) throw new Error(`there is no mutation ${mutation}`);
  await run(watched, installation.map(edit));
  const compares = !isRandomStatement(creation) && !creation.some((sql) => UNDEFINED.test(sql));
  const world = { watched, bare, plans, report, history: [...creation], compares };
  const state = await seen(watched, plans);
  const [[first] = []] = await run(watched, ["SELECT max(id) AS id FROM tidemark_outbox"]);
  let at: Moment = { state, last: Number(first?.id) };
  const count = Math.min(STATEMENTS_A_SCHEMA, statements - report.statements);
  const drawn = Array.from({ length: count }, () => settled(randomStatement(random, schema.tables)));
  for (let from = 0; from < drawn.length; from += STATEMENTS_A_BATCH) {
    const batch = drawn.slice(from, from + STATEMENTS_A_BATCH);
    at = (await inOneBatch(world, at, batch)) ?? (await oneByOne(world, at, batch));
  }
}

interface World {
  readonly watched: TestDatabase;
  readonly bare: TestDatabase;
  readonly plans: readonly WatchPlan[];
  readonly report: TrialReport;
  /** All that has been run, to see why. */
  readonly history: string[];
  /** Whether both databases must be alike. Random values end that. */
  compares: boolean;
}

interface Moment {
  /** The rows of each plan's table. */
  readonly state: readonly (readonly SeenRow[])[];
  /** The last row of the outbox. */
  readonly last: number;
}

/** @returns undefined when one of them fails; then none has happened */
async function inOneBatch(world: World, at: Moment, batch: readonly string[]): Promise<Moment | undefined> {
  const looks = world.plans.map(lookSql);
  const script = batch.flatMap((statement) => [statement, ...looks, toldSql(at.last)]);
  let answers: readonly Answer[];
  let others: readonly Answer[] | undefined;
  try {
    answers = await run(world.watched, script);
  } catch {
    return undefined;
  }
  if (isRandomStatement(batch)) world.compares = false;
  if (world.compares) {
    const same = batch.flatMap((statement) => [statement, ...looks]);
    others = await run(world.bare, same).catch((error: Error) => {
      world.report.different.push(
        `without capture: ${error.message}\n${[...world.history, ...batch].join(";\n")}`,
      );
      return undefined;
    });
  }
  let moment = at;
  for (const [place, statement] of batch.entries()) {
    const size = looks.length;
    const own = answers.slice(place * (size + 2) + 1, (place + 1) * (size + 2));
    const bare = others?.slice(place * (size + 1) + 1, (place + 1) * (size + 1));
    moment = judged(world, moment, statement, own, bare);
  }
  return moment;
}

async function oneByOne(world: World, at: Moment, batch: readonly string[]): Promise<Moment> {
  let moment = at;
  for (const statement of batch) {
    const looks = world.plans.map(lookSql);
    const { error, seen: own } = await attempted(world.watched, statement, [...looks, toldSql(moment.last)]);
    if (isRandomStatement([statement])) world.compares = false;
    if (error !== undefined && KNOWN_LIMITS.test(error)) {
      world.report.limited += 1;
      world.compares = false;
    }
    let bare: readonly Answer[] | undefined;
    if (world.compares) {
      const other = await attempted(world.bare, statement, looks);
      // SQLite loses a foreign key where a BEFORE trigger deletes from its parent; with capture it keeps it.
      const lostKeys = /FOREIGN KEY/.test(error ?? "")
        ? await run(world.bare, ["PRAGMA foreign_key_check"])
        : [];
      if ((lostKeys[0]?.length ?? 0) > 0) world.compares = false;
      // Ours may meet another of two mistakes first.
      else if ((other.error === undefined) !== (error === undefined))
        world.report.different.push(
          `${error} instead of ${other.error}\n${[...world.history, statement].join(";\n")}`,
        );
      if (world.compares) bare = other.seen;
    }
    if (error !== undefined) world.report.failed += 1;
    moment = judged(world, moment, statement, own, bare);
  }
  return moment;
}

/** Runs a statement, and looks, in one call. One that fails takes the looks with it. */
async function attempted(
  database: TestDatabase,
  statement: string,
  looks: readonly string[],
): Promise<{ readonly error?: string; readonly seen: readonly Answer[] }> {
  try {
    const [, ...seen] = await run(database, [statement, ...looks]);
    return { seen };
  } catch (error) {
    return { error: (error as Error).message, seen: await run(database, looks) };
  }
}

function judged(
  world: World,
  at: Moment,
  statement: string,
  answers: readonly Answer[],
  bare: readonly Answer[] | undefined,
): Moment {
  const { plans, report, history } = world;
  history.push(statement);
  report.statements += 1;
  const told = (answers.at(-1) ?? []) as unknown as readonly ToldRow[];
  const fresh = told.filter(({ id }) => id > at.last);
  report.told += fresh.length;
  const state = plans.map((_, index) => (answers[index] ?? []) as readonly SeenRow[]);
  for (const [index, plan] of plans.entries()) {
    const after = state[index] ?? [];
    const { changed, lost } = namesLost(plan, at.state[index] ?? [], after, fresh);
    report.changed += changed;
    if (lost.length > 0)
      report.lost.push(
        `${plan.table.name}: ${lost.join(", ")}\n${JSON.stringify(fresh)}\n${history.join(";\n")}`,
      );
    if (
      bare !== undefined &&
      missing(after, (bare[index] ?? []) as readonly SeenRow[], JSON.stringify).length > 0
    )
      report.different.push(`${plan.table.name} has other rows\n${history.join(";\n")}`);
  }
  return { state, last: fresh.at(-1)?.id ?? at.last };
}

function isRandomStatement(statements: readonly string[]): boolean {
  return statements.some((statement) => statement.includes("random()"));
}

/** The installation. An option that contradicts another one is left out. */
function planned(schema: D1Schema, options: D1CaptureOptions) {
  const tried = [
    options,
    { ...options, follow: withoutCoarse(options) },
    { ...options, follow: withoutCoarse(options), quiet: [] },
    { follow: [] },
  ];
  for (const each of tried) {
    try {
      return { installation: installD1Sql(schema, each), plans: watchPlans(schema, each) };
    } catch (error) {
      if (!(error instanceof D1OptionsError)) throw error;
    }
  }
  throw new Error("nothing can be installed");
}

function withoutCoarse({ follow = [], coarse = [], quiet = [] }: D1CaptureOptions): readonly string[] {
  return follow.filter(
    (column) => !coarse.some((table) => column.startsWith(`${table}.`)) && !quiet.includes(column),
  );
}

function lookSql({ table }: WatchPlan): string {
  const values = table.columns.map(({ name }) => `${seenSql(identifier(name))} AS ${identifier(name)}`);
  const rowid = rowidName(table);
  const id = rowid === undefined ? [] : [`${seenSql(identifier(rowid))} AS "the rowid"`];
  return `SELECT ${[...values, ...id].join(", ")} FROM ${identifier(table.name)}`;
}

const toldSql = (last: number) =>
  `SELECT id, op, tbl, old, new FROM tidemark_outbox WHERE id > ${last} ORDER BY id`;

async function seen(database: TestDatabase, plans: readonly WatchPlan[]): Promise<Moment["state"]> {
  return (await run(database, plans.map(lookSql))) as Moment["state"];
}

type Answer = readonly Record<string, unknown>[];

async function run(database: TestDatabase, statements: readonly string[]): Promise<readonly Answer[]> {
  if (statements.length === 0) return [];
  const results = await database.batch<Record<string, unknown>>(
    statements.map((statement) => database.prepare(statement)),
  );
  return results.map((result) => result.results);
}
