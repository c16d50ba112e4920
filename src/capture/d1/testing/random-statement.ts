import type { Random } from "../../../../testing/random.ts";
import { quoted, type RandomTable } from "./random-schema.ts";

const VALUES = [
  ...[
    "NULL",
    "NULL",
    "0",
    "1",
    "1",
    "2",
    "3",
    "4",
    "-1",
    "'a'",
    "'A'",
    "'b'",
    "'b '",
    "'B'",
    "'1'",
    "'1.0'",
    "'2'",
  ],
  ...["1.0", "2.5", "0.1 + 0.2", "1e300", "9e999", "9007199254740993", "x'61'", "x''", "'é'", "''"],
  ...[
    "abs(random()) % 4",
    "'a' || char(0) || 'b'",
    "CAST(random() AS TEXT)",
    "printf('%300s', 'x')",
    "x'ff00'",
  ],
];

/** A statement that changes rows, of any kind that SQLite has. */
export function randomStatement(random: Random, tables: readonly RandomTable[]): string {
  const table = random.pick(tables);
  const roll = random.next();
  if (roll < 0.55) return randomInsert(random, table);
  if (roll < 0.85) return randomUpdate(random, table, tables);
  return random.chance(0.1)
    ? `DELETE FROM ${quoted(table.name)}`
    : `DELETE FROM ${quoted(table.name)} WHERE ${randomCondition(random, table)}`;
}

function randomInsert(random: Random, table: RandomTable): string {
  const verb = random.pick([
    ...["INSERT", "INSERT", "INSERT OR REPLACE", "INSERT OR REPLACE", "REPLACE"],
    ...["INSERT OR IGNORE", "INSERT OR FAIL", "INSERT OR ABORT"],
  ]);
  const names = table.settable.filter(() => random.chance(0.75)).map(quoted);
  if (table.rowid && table.rowidColumn === undefined && random.chance(0.2)) names.push("rowid");
  const into = `${verb} INTO ${quoted(table.name)}`;
  if (names.length === 0) return `${into} DEFAULT VALUES`;
  // SQLite computes a rowid that is not constant once for the triggers and once for the row: a limit that docs/d1.md names.
  const constant = VALUES.filter((value) => !value.includes("random()"));
  const value = (name: string) => {
    if (name === "rowid") return String(random.below(5));
    if (name === quoted(table.rowidColumn ?? "")) return random.pick(constant);
    const drawn = random.pick(VALUES);
    return name === quoted("id") ? drawn.replaceAll("random()", "7") : drawn;
  };
  const values = () => names.map(value);
  const rows = Array.from({ length: random.chance(0.7) ? 1 : 2 + random.below(3) }, values);
  const source = random.chance(0.1)
    ? `SELECT ${values().join(", ")} FROM ${quoted(table.name)} WHERE true LIMIT 3`
    : `VALUES ${rows.map((row) => `(${row.join(", ")})`).join(", ")}`;
  const upsert = verb === "INSERT" && random.chance(0.6) ? randomUpsert(random, table) : "";
  return `${into} (${names.join(", ")}) ${source}${upsert}`;
}

function randomUpsert(random: Random, table: RandomTable): string {
  const target = random.chance(0.7) && table.targets.length > 0 ? random.pick(table.targets) : "";
  if (random.chance(0.3)) return ` ON CONFLICT ${target} DO NOTHING`;
  const column = quoted(random.pick(table.settable));
  const value = random.pick([`excluded.${column}`, random.pick(VALUES)]);
  return ` ON CONFLICT ${target} DO UPDATE SET ${column} = ${value}`;
}

function randomUpdate(random: Random, table: RandomTable, tables: readonly RandomTable[]): string {
  const verb = random.pick([
    ...["UPDATE", "UPDATE", "UPDATE OR REPLACE", "UPDATE OR REPLACE", "UPDATE OR REPLACE"],
    ...["UPDATE OR IGNORE", "UPDATE OR FAIL"],
  ]);
  const settable = [...table.settable, ...(table.rowid ? ["rowid"] : [])];
  const columns = Array.from({ length: 1 + random.below(2) }, () => random.pick(settable));
  const sets = [...new Set(columns)].map((column) => {
    const value = random.pick([
      random.pick(VALUES),
      `${quoted(random.pick(table.columns))}`,
      "abs(random()) % 3",
    ]);
    return `${column === "rowid" ? column : quoted(column)} = ${column === "rowid" ? random.below(6) : value}`;
  });
  const other = random.pick(tables);
  const from = random.chance(0.08) && other !== table ? ` FROM ${quoted(other.name)} AS o` : "";
  const where = from === "" && random.chance(0.85) ? ` WHERE ${randomCondition(random, table)}` : "";
  const returning = random.chance(0.1) ? ` RETURNING ${quoted(table.columns[0] ?? "")}` : "";
  return `${verb} ${quoted(table.name)} SET ${sets.join(", ")}${from}${where}${returning}`;
}

function randomCondition(random: Random, table: RandomTable): string {
  const column = quoted(random.pick(table.columns));
  return random.pick([
    `${column} = ${random.pick(VALUES)}`,
    `${column} IS ${random.pick(VALUES)}`,
    `${column} > ${random.pick(VALUES)}`,
    `${column} = (SELECT max(${column}) FROM ${quoted(table.name)})`,
    "abs(random()) % 2",
  ]);
}
