import type { Random } from "../../../../testing/random.ts";
import type { D1CaptureOptions } from "../options.ts";

/** A database made up of the features that decide which rows a statement changes. */
export interface RandomSchema {
  readonly statements: readonly string[];
  readonly tables: readonly RandomTable[];
  readonly options: D1CaptureOptions;
}

export interface RandomTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Those that a statement may set. */
  readonly settable: readonly string[];
  /** Conflict targets of upserts: what stands in the parentheses, and behind them. */
  readonly targets: readonly string[];
  readonly rowid: boolean;
  readonly rowidColumn: string | undefined;
}

const TYPES = ["INTEGER", "TEXT", "REAL", "NUMERIC", "VARCHAR(20)", "BLOB", "INT"];
const DEFAULTS = ["1", "'a'", "'B'", "2.5", "(1 + 1)", "(abs(random()) % 3)", "x'61'", "(lower('A'))"];

/** @param options whether quiet and coarse tables are among them */
export function randomSchema(random: Random, extras: boolean): RandomSchema {
  const statements: string[] = [];
  const tables: RandomTable[] = [];
  const count = 1 + random.below(3);
  for (let index = 0; index < count; index++) tables.push(randomTable(random, index, tables, statements));
  for (const table of tables) statements.push(...randomIndexes(random, table));
  const triggers = random.below(3);
  for (let index = 0; index < triggers; index++) statements.push(randomTrigger(random, tables, index));
  const follow = tables.flatMap(({ name, columns }) =>
    columns.filter(() => random.chance(0.5)).map((column) => `${name}.${column}`),
  );
  const coarse = extras ? tables.filter(() => random.chance(0.2)).map(({ name }) => name) : [];
  const quiet = extras
    ? tables.flatMap(({ name, columns }) => (random.chance(0.5) ? [`${name}.${columns.at(-1)}`] : []))
    : [];
  return { statements, tables, options: { follow, coarse, quiet } };
}

function randomTable(
  random: Random,
  index: number,
  others: readonly RandomTable[],
  statements: string[],
): RandomTable {
  const name = random.pick([`t${index}`, `t${index}`, `T ${index}`, `t"${index}`]);
  const kind = random.pick([
    "rowid",
    "rowid",
    "auto",
    "text",
    "pair",
    "none",
    "without",
    "without-pair",
    "desc",
  ]);
  const strict = random.chance(0.15);
  const types = strict ? ["INTEGER", "TEXT", "REAL", "BLOB", "INT", "ANY"] : TYPES;
  const plain = ["a", "b", "c", "d"].slice(0, 2 + random.below(3));
  const parts: string[] = [];
  if (kind === "rowid") parts.push("id INTEGER PRIMARY KEY");
  if (kind === "auto") parts.push("id INTEGER PRIMARY KEY AUTOINCREMENT");
  if (kind === "desc") parts.push("id INTEGER PRIMARY KEY DESC");
  if (kind === "text" || kind === "without") {
    parts.push(
      `id ${random.pick(["TEXT", "TEXT COLLATE NOCASE", "INTEGER", strict ? "ANY" : "NUMERIC"])} ${conflictOf("PRIMARY KEY", random)}`,
    );
  }
  if (kind === "without" && random.chance(0.3)) parts[0] = "id TEXT DEFAULT 'a' PRIMARY KEY";
  for (const column of plain) {
    const pieces = [column, random.pick(types)];
    if (random.chance(0.3)) pieces.push("COLLATE", random.pick(["NOCASE", "RTRIM"]));
    const hasDefault = random.chance(0.4);
    if (hasDefault) pieces.push("DEFAULT", random.pick(DEFAULTS));
    if (hasDefault && random.chance(0.6)) pieces.push(conflictOf("NOT NULL", random));
    if (random.chance(0.25)) pieces.push(conflictOf("UNIQUE", random));
    const parent = others.length > 0 && random.chance(0.3) ? random.pick(others) : undefined;
    if (parent?.columns.includes("id") && parent.targets.some((target) => target === "(id)")) {
      const action = () => random.pick(["CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION"]);
      pieces.push(`REFERENCES ${quoted(parent.name)}(id) ON DELETE ${action()} ON UPDATE ${action()}`);
    }
    parts.push(pieces.join(" "));
  }
  const generated: string[] = [];
  if (random.chance(0.35)) {
    const sources = kind === "pair" || kind === "none" || kind === "without-pair" ? ["a"] : ["a", "b", "id"];
    const source = random.pick(sources);
    const expression = random.pick([
      `lower(${source})`,
      `(${source} + 0) % 3`,
      `substr(${source}, 1, 1)`,
      `coalesce(${source}, 'z')`,
    ]);
    generated.push("g");
    parts.push(
      `g ${random.pick([strict ? "ANY" : "", "TEXT", "INTEGER"])} GENERATED ALWAYS AS (${expression}) ${random.pick(["VIRTUAL", "STORED"])}`,
    );
  }
  if (kind === "pair") parts.push(`${conflictOf("PRIMARY KEY (a, b)", random)}`);
  if (kind === "without-pair") parts.push(conflictOf("PRIMARY KEY (a, b)", random));
  const without = kind === "without" || kind === "without-pair";
  statements.push(
    `CREATE TABLE ${quoted(name)} (${parts.join(", ")})${[...(without ? [" WITHOUT ROWID"] : []), ...(strict ? [" STRICT"] : [])].join(",")}`,
  );
  const hasId = !["pair", "none", "without-pair"].includes(kind);
  const id = hasId ? ["id"] : [];
  return {
    name,
    columns: [...id, ...plain, ...generated],
    settable: [...id, ...plain],
    targets: hasId ? ["(id)"] : kind === "none" ? [] : ["(a, b)"],
    rowid: !without,
    rowidColumn: kind === "rowid" || kind === "auto" ? "id" : undefined,
  };
}

function conflictOf(constraint: string, random: Random): string {
  if (!random.chance(0.3)) return constraint;
  return `${constraint} ON CONFLICT ${random.pick(["REPLACE", "REPLACE", "IGNORE", "FAIL"])}`;
}

function randomIndexes(random: Random, { name, columns, settable }: RandomTable): readonly string[] {
  return Array.from({ length: random.below(3) }, (_, index) => {
    const column = () => random.pick(columns);
    const plain = random.pick(settable);
    const term = random.pick([
      () => quoted(column()),
      () => quoted(column()),
      () => `${column()} COLLATE ${random.pick(["NOCASE", "RTRIM", "BINARY"])} DESC`,
      () => `lower(${plain})`,
      () => `${plain} % 3`,
      () => `coalesce(${plain}, ${random.pick(settable)})`,
      () => `iif(${plain} > 1, ${plain}, 0) COLLATE NOCASE`,
      () => `CASE WHEN ${plain} = 'a' THEN 1 ELSE ${plain} END`,
      () => `CAST(${plain} AS TEXT) || 'x' ASC`,
    ]);
    const terms = Array.from({ length: random.chance(0.7) ? 1 : 2 }, () => term());
    const where = random.pick([
      ...["", "", "", ` WHERE ${plain} IS NOT NULL`, ` WHERE ${plain} > 1`, ` WHERE ${plain} <> 'a' -- ;`],
      ...[` WHERE ${plain} IN (1, 'a', 2)`, ` WHERE ${plain} = "b"`, ` WHERE typeof(${plain}) = 'text'`],
    ]);
    return `CREATE UNIQUE INDEX ${quoted(`u ${name} ${index}`)} ON ${quoted(name)} (${terms.join(", ")})${where}`;
  });
}

function randomTrigger(random: Random, tables: readonly RandomTable[], index: number): string {
  const on = random.pick(tables);
  const other = random.pick(tables);
  const event = random.pick(["INSERT", "UPDATE", "DELETE"]);
  const row = event === "DELETE" ? "OLD" : "NEW";
  const [from, to] = [random.pick(on.columns), random.pick(other.settable)];
  // Two that update by several rows each would fire each other, ten levels deep.
  const updates = [
    `UPDATE OR REPLACE ${quoted(other.name)} SET ${to} = ${random.pick(["1", "'a'", `${row}.${from}`])} WHERE ${to} IS NOT ${row}.${from}`,
    `UPDATE ${quoted(on.name)} SET ${random.pick(on.settable)} = 2 WHERE ${from} IS ${row}.${from}`,
  ];
  const step = random.pick([
    ...(index === 0 ? updates : []),
    `INSERT OR REPLACE INTO ${quoted(other.name)} (${to}) SELECT ${row}.${from} WHERE (SELECT count(*) FROM ${quoted(other.name)}) < 8`,
    `DELETE FROM ${quoted(other.name)} WHERE ${to} = ${row}.${from}`,
    `SELECT RAISE(IGNORE) WHERE ${row}.${from} = 1`,
  ]);
  return `CREATE TRIGGER u${index} ${random.pick(["BEFORE", "AFTER", ""])} ${event} ON ${quoted(on.name)} BEGIN ${step}; END`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
