import type { Condition, Field, Level, Query, Test } from "./query.ts";
import type { RelationDescription, Schema } from "./schema.ts";

/**
 * The first literal of the query whose meaning moves with the clock: Postgres' date/time input knows `now`,
 * `today`, `tomorrow` and `yesterday` (documentation, *Date/Time Input → Special Values*), in any case, among
 * other words (`tomorrow 12:00`), and with any punctuation around (`now()`, `{now}`, `[today,)`). `epoch`,
 * `infinity` and `allballs` are constants. Columns that the schema knows to be no date or time are let pass; a
 * column without a known type could be one.
 *
 * A cast of a text column to a date or time counts too: then the rows may hold such words.
 */
export function volatileLiteral(query: Query, schema?: Schema): string | undefined {
  return inLevel(query.relation, query.root, schema);
}

function inLevel(relation: string, level: Level, schema: Schema | undefined): string | undefined {
  const description = describe(relation, schema);
  for (const condition of level.where) {
    const found = inCondition(condition, description);
    if (found !== undefined) return found;
  }
  for (const item of level.select) {
    if (item.kind === "column" && item.field !== undefined && item.cast !== undefined) {
      const column = description?.columns.get(item.field.column);
      const isText = item.field.path.length > 0 || (column !== undefined && TEXTS.has(column.type));
      if (isText && /date|time/i.test(item.cast)) return item.cast;
    } else if (item.kind === "embed") {
      const found = inLevel(item.relation, item.level, schema);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function inCondition(condition: Condition, description: RelationDescription | undefined): string | undefined {
  if (condition.kind !== "filter") {
    for (const part of condition.conditions) {
      const found = inCondition(part, description);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!mayBeTime(condition.field, description)) return undefined;
  return literalsOf(condition.test).find(moves);
}

/** The literals that Postgres reads by the column's type; patterns and full text are texts whatever the column. */
function literalsOf(test: Test): readonly string[] {
  switch (test.operator) {
    case "in":
      return test.values;
    case "is":
    case "like":
    case "ilike":
    case "match":
    case "imatch":
    case "fts":
    case "plfts":
    case "phfts":
    case "wfts":
      return [];
    default:
      return [test.value];
  }
}

const CLOCK_WORDS = new Set(["now", "today", "tomorrow", "yesterday"]);

/** Postgres skips most punctuation between words, so any whole word counts. Backslashes only escape in arrays. */
function moves(literal: string): boolean {
  const words = literal
    .toLowerCase()
    .replaceAll("\\", "")
    .split(/[^a-z]+/);
  return words.some((word) => CLOCK_WORDS.has(word));
}

const TEXTS = new Set(["text", "varchar", "bpchar", "name", "citext"]);
/** Types whose input knows no clock. Domains, ranges, composites and whatever else are not listed on purpose. */
const TIMELESS = new Set(
  ["bool", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "uuid", "bytea", "json", "jsonb"]
    .concat(["interval", "inet", "cidr", "oid", "bit", "varbit", "tsvector", ...TEXTS])
    .flatMap((type) => [type, `_${type}`]),
);

function mayBeTime(field: Field, description: RelationDescription | undefined): boolean {
  // A path makes the value json or text.
  if (field.path.length > 0) return false;
  const column = description?.columns.get(field.column);
  return column === undefined || !(column.family === "enum" || TIMELESS.has(column.type));
}

/** A query does not name its schema: a relation's name counts only when one schema alone has it. */
function describe(relation: string, schema: Schema | undefined): RelationDescription | undefined {
  if (schema === undefined) return undefined;
  let found: RelationDescription | undefined;
  for (const [name, description] of schema) {
    if (!name.endsWith(`.${relation}`)) continue;
    if (found !== undefined) return undefined;
    found = description;
  }
  return found;
}
