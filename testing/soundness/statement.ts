import { literal } from "../../src/capture/sql/quote.ts";
import type { FeedKind } from "../in-process/feeds.ts";
import type { Column, Fixture, Table } from "./fixtures/fixture.ts";
import type { Random } from "./random.ts";

/** One statement that changes one row, or a few by cascade. */
export function makeStatement(random: Random, fixture: Fixture, feed: FeedKind): string {
  return replicaPrefix(random, fixture) + statement(random, fixture, feed);
}

/** Rows for every table, with referenced tables first. */
export function* makeRows(random: Random, fixture: Fixture): Iterable<string> {
  const tables = fixture.tables.filter(({ writable }) => writable);
  for (const table of tables)
    for (let row = 0; row < 12; row += 1) yield `${replicaPrefix(random, fixture)}${insert(random, table)}`;
}

/** In one transaction with the statement, like several statements in one message. */
function replicaPrefix(random: Random, fixture: Fixture): string {
  return random.chance(fixture.replicaPercent ?? 0) ? "set local session_replication_role = replica; " : "";
}

function insert(random: Random, table: Table): string {
  const columns = table.columns.filter(({ writable }) => writable);
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  return `insert into ${table.name} (${names}) values (${columns.map((each) => value(random, each)).join(", ")})`;
}

function value(random: Random, { name, type }: Column): string {
  return random.chance(name === "id" ? 0 : 12) ? "null" : literal(random.pick(type.values));
}

function statement(random: Random, fixture: Fixture, feed: FeedKind): string {
  if (fixture.special !== undefined && random.chance(fixture.special.percent))
    return fixture.special.make(random);
  const table = random.pick(fixture.tables.filter(({ writable }) => writable));
  const columns = table.columns.filter(({ writable }) => writable);
  const keys = table.key.length > 0 ? table.key : ["id"];
  const key = () =>
    columns
      .filter(({ name }) => keys.includes(name))
      .map(({ name, type }) => `"${name}" = ${literal(random.pick(type.values))}`)
      .join(" and ");
  const kind = random.below(100);
  if (kind < 35) return insert(random, table);
  if (kind < 50) return `delete from ${table.name} where ${key()}`;
  if (kind === 99) {
    // Webhooks report no TRUNCATE.
    const empties = feed === "pulled" && random.chance(20);
    return empties
      ? `truncate ${table.name} cascade`
      : `update ${table.name} set "${keys[0]}" = "${keys[0]}"`;
  }
  const free = columns.filter(({ name }) => random.chance(15) || !keys.includes(name));
  const changed = random.some(free, random.chance(75) ? 1 : 2);
  if (changed.length === 0) return `update ${table.name} set "${keys[0]}" = "${keys[0]}" where ${key()}`;
  return `update ${table.name} set ${changed.map((column) => `"${column.name}" = ${value(random, column)}`).join(", ")} where ${key()}`;
}
