import type { ColumnItem, Condition, Field, Level, Query, Test } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import { relationshipsOf } from "../relationships/relationship.ts";
import type { ColumnDescription, RelationDescription, Schema } from "../schema/schema.ts";

/**
 * The first literal of the query, or type that it casts to, whose meaning depends on the clock; undefined when there is
 * none. Postgres' date/time input knows `now`, `today`, `tomorrow` and `yesterday` (documentation, *Date/Time Input →
 * Special Values*): in any case, among other words (`tomorrow 12:00`), and with any punctuation around (`now()`, `{now}`,
 * `[today,)`). A time of day without a date takes today's offset where its type has a zone. `epoch`, `infinity` and
 * `allballs` are constants.
 *
 * Columns that the schema knows not to be dates or times pass; a column of an unknown type could be one. A cast of a text
 * to a date or time counts too, as rows may hold such words.
 */
export function volatileLiteral(
  read: Pick<Read, "schema">,
  query: Query,
  schema?: Schema,
): string | undefined {
  return volatileIn(`${read.schema}.${query.relation}`, query, schema);
}

/** @param relation whose rows these are, "schema.relation"; null: no relation's */
export function volatileIn(
  relation: string | null,
  query: Query,
  schema: Schema | undefined,
): string | undefined {
  return inLevel(relation === null ? [] : [relation], query.root, schema);
}

/** @param relations that the level may be of */
function inLevel(relations: readonly string[], level: Level, schema: Schema | undefined): string | undefined {
  const described = relations.map((relation) => schema?.get(relation));
  const isKnown = described.length > 0;
  const each = (what: (description: RelationDescription | undefined) => string | undefined) =>
    isKnown ? described.map(what).find((found) => found !== undefined) : what(undefined);
  for (const condition of level.where) {
    const found = each((description) => inCondition(condition, description));
    if (found !== undefined) return found;
  }
  for (const item of level.select) {
    if (item.kind === "star") continue;
    const found =
      item.kind === "column"
        ? each((description) => inCasts(item, description))
        : inLevel(
            relations.flatMap((relation) =>
              schema === undefined ? [] : relationshipsOf(schema, relation, item).map(({ target }) => target),
            ),
            item.level,
            schema,
          );
    if (found !== undefined) return found;
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
  const { field, test } = condition;
  // With a path the value is json or text.
  if (field.path.length > 0) return undefined;
  return movingLiteral(description?.columns.get(field.column), literalsOf(test));
}

/**
 * The first of the literals that is read by the clock where a column or a parameter has this type.
 *
 * @param typed undefined: the type is not known
 */
export function movingLiteral(typed: Typed | undefined, literals: readonly string[]): string | undefined {
  const column = typeOf(typed);
  if (column !== undefined && TIMELESS.has(column.type)) return undefined;
  const moves =
    column === undefined
      ? (literal: string) => hasClockWord(literal) || isTimeOfDay(literal)
      : /^_?timetz$/.test(column.type)
        ? () => true
        : hasClockWord;
  return literals.find(moves);
}

type Typed = Pick<ColumnDescription, "type" | "family">;

/** The literals that Postgres reads by the column's type. Patterns and full-text queries are texts in any case. */
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

/**
 * Postgres skips most punctuation between words, so any whole word counts. Backslashes are escapes in arrays; in ranges
 * and composites, quotes may stand inside a word.
 */
function hasClockWord(literal: string): boolean {
  const text = literal.toLowerCase().replaceAll("\\", "");
  const words = `${text} ${text.replaceAll('"', "")}`.split(/[^a-z]+/);
  return words.some((word) => CLOCK_WORDS.has(word));
}

/** `12:30`, without a date or a numeric offset. */
function isTimeOfDay(literal: string): boolean {
  return /\d:\d/.test(literal) && !/\d[+-]\d/.test(literal);
}

function inCasts(item: ColumnItem, description: RelationDescription | undefined): string | undefined {
  const { field, cast, aggregate, aggregateCast } = item;
  if (field === undefined) return undefined;
  const column = field.path.length > 0 ? undefined : columnOf(field, description);
  if (cast !== undefined && castMoves(cast, column, description)) return cast;
  if (aggregateCast === undefined || aggregate === "count") return undefined;
  const aggregated = cast === undefined ? column : undefined;
  return castMoves(aggregateCast, aggregated, description) ? aggregateCast : undefined;
}

/**
 * A text is read by the type's input function, and a time gets its zone by today's offset. Without a schema the type may
 * be user-defined; with one, the footprint has a caveat for that.
 */
function castMoves(
  cast: string,
  column: Typed | undefined,
  description: RelationDescription | undefined,
): boolean {
  const type = cast.toLowerCase().replaceAll(/ +/g, " ");
  if (TIMELESS.has(type) || TIMELESS_NAMES.has(type)) return false;
  if (ZONED_TIMES.has(type)) return true;
  if (!DATED.has(type)) return description === undefined;
  return column === undefined || TEXTS.has(column.type.replace(/^_/, ""));
}

const TEXTS = new Set(["text", "varchar", "bpchar", "name", "citext"]);

/** Types whose input ignores the clock. Domains, ranges, composites and all others are left out on purpose. */
const TIMELESS = new Set(
  ["bool", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "uuid", "bytea", "json", "jsonb"]
    .concat(["interval", "inet", "cidr", "oid", "bit", "varbit", "tsvector", ...TEXTS])
    .flatMap((type) => [type, `_${type}`]),
);

/** Other names of some of these in a cast. */
const TIMELESS_NAMES = new Set([
  ...["boolean", "smallint", "integer", "int", "bigint", "real", "double precision", "decimal", "float"],
  ...["char", "character", "character varying", "bit varying"],
]);

const DATED = new Set(
  [
    ...["date", "time", "time without time zone", "timestamp", "timestamp without time zone"],
    ...["timestamptz", "timestamp with time zone", "daterange", "tsrange", "tstzrange"],
    ...["datemultirange", "tsmultirange", "tstzmultirange"],
  ].flatMap((type) => [type, `_${type}`]),
);

const ZONED_TIMES = new Set(["timetz", "_timetz", "time with time zone"]);

/** Undefined unless the type is known to be built in, an enum, or an array of such. */
function typeOf(typed: Typed | undefined): Typed | undefined {
  if (typed?.family === "enum") return { ...typed, type: "text" };
  return typed?.family === "base" ? typed : undefined;
}

function columnOf(field: Field, description: RelationDescription | undefined): Typed | undefined {
  return typeOf(description?.columns.get(field.column));
}
