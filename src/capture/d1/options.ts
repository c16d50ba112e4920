import { MAX_FOLLOWED, OURS } from "./names.ts";
import { isFollowable } from "./schema/followable.ts";
import type { D1Column, D1Schema, D1Table } from "./schema/schema.ts";
import { lowerCase } from "./schema/tokens.ts";
import { decisiveNames, type ReadIndex, readIndex } from "./schema/unique-keys.ts";

/** What the owner asks for. Names are as they are written: `posts`, `posts.author_id`. */
export interface D1CaptureOptions {
  /** The tables to watch. Default: all that can be, but those of migration tools. */
  readonly tables?: readonly string[] | undefined;
  /** Columns by whose values rows are told apart, besides those of primary keys. */
  readonly follow?: readonly string[] | undefined;
  /** Columns of which the owner promises that a change of them alone touches nothing that is cached. */
  readonly quiet?: readonly string[] | undefined;
  /** Tables of which one row a statement is written down, and not one a row. */
  readonly coarse?: readonly string[] | undefined;
}

/** What is written down of a table's changes. */
export interface WatchPlan {
  readonly table: D1Table;
  /** In the order of the columns. Empty for a coarse table. */
  readonly followed: readonly D1Column[];
  readonly quiet: readonly D1Column[];
  readonly coarse: boolean;
}

export type D1OptionsErrorCode =
  | "no-such-table"
  | "no-such-column"
  | "not-a-column"
  | "is-a-view"
  | "is-virtual"
  | "is-ours"
  | "type-not-followed"
  | "too-many-followed"
  | "follow-of-coarse"
  | "quiet-and-followed"
  | "quiet-and-unique"
  | "name-too-odd";

/** An option that cannot be kept. Nothing is watched then. */
export class D1OptionsError extends Error {
  override readonly name = "D1OptionsError";
  readonly code: D1OptionsErrorCode;

  constructor(code: D1OptionsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where migration tools note what they have done. Nobody caches that. */
const OF_TOOLS = new Set([
  "d1_migrations",
  "__drizzle_migrations",
  "_prisma_migrations",
  "kysely_migration",
  "kysely_migration_lock",
]);

/**
 * What to write down of each table.
 *
 * @throws D1OptionsError when an option names what is not there, or cannot be watched
 */
export function watchPlans(schema: D1Schema, options: D1CaptureOptions): readonly WatchPlan[] {
  const named = options.tables?.map((name) => tableOf(schema, name));
  const coarse = (options.coarse ?? []).map((name) => tableOf(schema, name));
  const follow = (options.follow ?? []).map((name) => columnOf(schema, name));
  const quiet = (options.quiet ?? []).map((name) => columnOf(schema, name));
  const mentioned = [...coarse, ...follow.map(({ table }) => table), ...quiet.map(({ table }) => table)];
  const watched = new Set([...(named ?? schema.tables.filter(isWatchedByDefault)), ...mentioned]);
  return schema.tables
    .filter((table) => watched.has(table))
    .map((table) => {
      const ofTable = (columns: typeof follow) =>
        table.columns.filter((column) =>
          columns.some((each) => each.table === table && each.column === column),
        );
      return planOf(table, ofTable(follow), ofTable(quiet), coarse.includes(table));
    });
}

function planOf(
  table: D1Table,
  asked: readonly D1Column[],
  quiet: readonly D1Column[],
  coarse: boolean,
): WatchPlan {
  const { name } = table;
  if ([name, ...table.columns.map((column) => column.name)].some((each) => each.includes("\0")))
    throw new D1OptionsError("name-too-odd", `${name} or a column of it has a name that no SQL can hold`);
  for (const column of asked) {
    if (coarse)
      throw new D1OptionsError(
        "follow-of-coarse",
        `${name} is coarse, so ${name}.${column.name} cannot be followed`,
      );
    if (!isFollowable(column)) {
      const type = column.type === "" ? "no type" : `the type ${column.type}`;
      throw new D1OptionsError(
        "type-not-followed",
        `${name}.${column.name} has ${type}, which is not followed`,
      );
    }
  }
  const followed = coarse
    ? []
    : table.columns.filter((column) => asked.includes(column) || (column.key > 0 && isFollowable(column)));
  const both = quiet.find((column) => followed.includes(column) || column.key > 0);
  if (both !== undefined)
    throw new D1OptionsError("quiet-and-followed", `${name}.${both.name} is followed, so it cannot be quiet`);
  const unique = quiet.find((column) => isDecisive(table, column));
  if (unique !== undefined)
    throw new D1OptionsError(
      "quiet-and-unique",
      `${name}.${unique.name} is part of a unique index, so it cannot be quiet`,
    );
  if (followed.length > MAX_FOLLOWED)
    throw new D1OptionsError(
      "too-many-followed",
      `more than ${MAX_FOLLOWED} columns of ${name} would be followed`,
    );
  return { table, followed, quiet, coarse };
}

/** Whether a change of the column may make other rows vanish, by REPLACE. */
function isDecisive(table: D1Table, { name }: D1Column): boolean {
  const indexes = table.uniques.map((index) => readIndex(table, index));
  if (indexes.includes(undefined)) return true;
  return decisiveNames(table, indexes as readonly ReadIndex[]).has(lowerCase(name));
}

export function isWatchedByDefault({ name, kind }: D1Table): boolean {
  return kind === "table" && !lowerCase(name).startsWith(OURS) && !OF_TOOLS.has(lowerCase(name));
}

/** @throws D1OptionsError when it is no table that can be watched */
function tableOf({ tables, views }: D1Schema, written: string): D1Table {
  const wanted = lowerCase(written.replace(/^main\./i, ""));
  const table = tables.find(({ name }) => lowerCase(name) === wanted);
  if (table === undefined) {
    if (views.some(({ name }) => lowerCase(name) === wanted))
      throw new D1OptionsError("is-a-view", `${written} is a view; name the tables that it reads`);
    throw new D1OptionsError("no-such-table", `there is no table ${JSON.stringify(written)}`);
  }
  if (table.kind !== "table")
    throw new D1OptionsError(
      "is-virtual",
      `${written} is a virtual table or a part of one, which has no triggers`,
    );
  if (wanted.startsWith(OURS)) throw new D1OptionsError("is-ours", `${written} is Tidemark's own`);
  return table;
}

/** @throws D1OptionsError */
function columnOf(schema: D1Schema, written: string) {
  // A name may hold a dot, so each is tried.
  const dots = [...written.matchAll(/\./g)].map(({ index }) => index);
  if (dots.length === 0)
    throw new D1OptionsError("not-a-column", `${JSON.stringify(written)} is not table.column`);
  const splits = dots.map((dot) => [written.slice(0, dot), written.slice(dot + 1)] as const);
  const known = splits.find(([name]) =>
    schema.tables.some((table) => lowerCase(table.name) === lowerCase(name.replace(/^main\./i, ""))),
  );
  const [tableName, columnName] = known ?? (splits.at(-1) as readonly [string, string]);
  const table = tableOf(schema, tableName);
  const column = table.columns.find(({ name }) => lowerCase(name) === lowerCase(columnName));
  if (column !== undefined) return { table, column };
  throw new D1OptionsError("no-such-column", `${table.name} has no column ${JSON.stringify(columnName)}`);
}
