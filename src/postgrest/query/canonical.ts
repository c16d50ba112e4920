import { mayFail } from "./may-fail.ts";
import { embedName } from "./output-columns.ts";
import type {
  ColumnItem,
  Condition,
  EmbedItem,
  Field,
  Filter,
  Level,
  OrderTerm,
  Query,
  SelectItem,
  Test,
} from "./query.ts";

/**
 * One query string for all queries that PostgREST's grammar makes equal to this one: `select`, sorted filters, `order`,
 * `limit` and `offset`, then the same for the embeds. Percent-encoded, without `?`, perhaps empty.
 *
 * The parameters of embeds follow the order of the embeds in `select`. That is the order in which PostgREST answers them,
 * so moving the embeds by these parameters changes nothing.
 */
export function canonicalSearch(query: Query): string {
  const parameters: string[] = [];
  if (!isStar(query.root.select)) parameters.push(`select=${encode(printSelect(query.root.select))}`);
  printLevel(parameters, normalLevel(query.root, true), "");
  return parameters.join("&");
}

/** The same query with its filters in a fixed order, and without what PostgREST's answer does not depend on. */
export function normalQuery(query: Query): Query {
  return { relation: query.relation, root: normalLevel(query.root, true) };
}

function isStar(select: readonly SelectItem[]): boolean {
  return select.length === 1 && select[0]?.kind === "star";
}

function normalLevel(level: Level, isRoot: boolean): Level {
  // If a pattern may fail, their order shows: an earlier filter may rule out the row on which it would.
  const sort: Sort = mayFail(level.where) ? (printed) => printed : sorted;
  const where = isRoot
    ? normalConditions("and", level.where, sort)
    : // A logic parameter moves its embed further to the front than a filter does.
      distinct(
        level.where.map((condition) => [normalCondition(condition, sort)]),
        sort,
      );
  return {
    ...level,
    select: level.select.map((item) =>
      item.kind === "embed" ? { ...item, level: normalLevel(item.level, false) } : item,
    ),
    where,
  };
}

type Printed = readonly (readonly [text: string, condition: Condition])[];
type Sort = (printed: Printed) => Printed;

function sorted(printed: Printed): Printed {
  return [...printed].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Merges a group into its surroundings where that means the same. */
function normalConditions(
  kind: "and" | "or",
  conditions: readonly Condition[],
  sort: Sort,
): readonly Condition[] {
  const parts = conditions.map((condition) => {
    const normal = normalCondition(condition, sort);
    const dissolves =
      normal.kind !== "filter" && !normal.negated && (normal.kind === kind || normal.conditions.length === 1);
    return dissolves ? normal.conditions : [normal];
  });
  return distinct(parts, sort);
}

/** Each condition once: those that print alike are equal. */
function distinct(parts: readonly (readonly Condition[])[], sort: Sort): readonly Condition[] {
  const printed = new Map<string, Condition>();
  for (const part of parts.flat()) {
    const text = printCondition(part);
    if (!printed.has(text)) printed.set(text, part);
  }
  return sort([...printed]).map(([, condition]) => condition);
}

function normalCondition(condition: Condition, sort: Sort): Condition {
  if (condition.kind !== "filter") {
    return { ...condition, conditions: normalConditions(condition.kind, condition.conditions, sort) };
  }
  const { test } = condition;
  if (test.operator !== "in") return condition;
  const values = [...new Set(test.values)].sort();
  // PostgREST writes the empty list as one empty element. Two of them are a list of one empty text.
  const isText = values.length === 1 && values[0] === "" && test.values.length > 1;
  return { ...condition, test: { operator: "in", values: isText ? ["", ""] : values } };
}

function printLevel(parameters: string[], level: Level, prefix: string): void {
  for (const condition of level.where) {
    if (condition.kind === "filter") {
      // Words that the grammar reserves name columns only in quotes, which `printName` adds.
      const value = printTest(condition, (text) => text);
      parameters.push(`${encode(prefix + printField(condition.field))}=${encode(value)}`);
    } else {
      const key = `${prefix}${condition.negated ? "not." : ""}${condition.kind}`;
      parameters.push(`${encode(key)}=${encode(printGroup(condition.conditions))}`);
    }
  }
  if (level.order.length > 0) {
    parameters.push(`${encode(`${prefix}order`)}=${encode(level.order.map(printOrderTerm).join(","))}`);
  }
  if (level.limit !== undefined) parameters.push(`${encode(`${prefix}limit`)}=${level.limit}`);
  if (level.offset !== 0 || level.ranged) parameters.push(`${encode(`${prefix}offset`)}=${level.offset}`);
  for (const item of level.select) {
    if (item.kind === "embed") {
      printLevel(parameters, item.level, `${prefix}${printName(embedName(item))}.`);
    }
  }
}

function printSelect(select: readonly SelectItem[]): string {
  return select.map(printItem).join(",");
}

function printItem(item: SelectItem): string {
  if (item.kind === "star") return "*";
  return item.kind === "embed" ? printEmbed(item) : printColumn(item);
}

function printEmbed(embed: EmbedItem): string {
  const head = embed.spread ? "..." : printAlias(embed.alias);
  const hint = embed.hint === undefined ? "" : `!${printHint(embed.hint)}`;
  const join = embed.inner ? "!inner" : "";
  return `${head}${printName(embed.relation)}${hint}${join}(${printSelect(embed.level.select)})`;
}

function printColumn(item: ColumnItem): string {
  const aggregateCast = item.aggregateCast === undefined ? "" : `::${item.aggregateCast}`;
  if (item.field === undefined) return `${printAlias(item.alias)}count()${aggregateCast}`;
  const cast = item.cast === undefined ? "" : `::${item.cast}`;
  const aggregate = item.aggregate === undefined ? "" : `.${item.aggregate}()${aggregateCast}`;
  return `${printAlias(item.alias)}${printField(item.field)}${cast}${aggregate}`;
}

function printAlias(alias: string | undefined): string {
  return alias === undefined ? "" : `${printName(alias)}:`;
}

function printField(field: Field): string {
  const steps = field.path.map(
    (step) => `${step.text ? "->>" : "->"}${step.index ?? printName(step.key ?? "")}`,
  );
  return printName(field.column) + steps.join("");
}

function printOrderTerm(term: OrderTerm): string {
  const field = printField(term.field);
  const subject = term.embed === undefined ? field : `${printName(term.embed)}(${field})`;
  const direction = term.descending ? ".desc" : "";
  if (term.nullsFirst === term.descending) return subject + direction;
  return `${subject}${direction}${term.nullsFirst ? ".nullsfirst" : ".nullslast"}`;
}

function printCondition(condition: Condition): string {
  if (condition.kind === "filter") {
    return `${printField(condition.field)}.${printTest(condition, printValue)}`;
  }
  return `${condition.negated ? "not." : ""}${condition.kind}${printGroup(condition.conditions)}`;
}

function printGroup(conditions: readonly Condition[]): string {
  return `(${conditions.map(printCondition).join(",")})`;
}

function printTest(filter: Filter, value: (text: string) => string): string {
  return (filter.negated ? "not." : "") + printOperator(filter.test, value);
}

function printOperator(test: Test, value: (text: string) => string): string {
  switch (test.operator) {
    case "in":
      return `in.(${test.values.map(printValue).join(",")})`;
    case "is":
      return `is.${test.value}`;
    case "fts":
    case "plfts":
    case "phfts":
    case "wfts": {
      const language = test.language === undefined ? "" : `(${test.language})`;
      return `${test.operator}${language}.${value(test.value)}`;
    }
    case "like":
    case "ilike": {
      const quantifier = test.quantifier === undefined ? "" : `(${test.quantifier})`;
      return `${test.operator}${quantifier}.${value(test.value.replaceAll("*", "%"))}`;
    }
    default: {
      const quantifier = "quantifier" in test && test.quantifier !== undefined ? `(${test.quantifier})` : "";
      return `${test.operator}${quantifier}.${value(test.value)}`;
    }
  }
}

/** An element of `in.(…)` or a value in a logic tree, quoted if a character could be read as grammar. */
function printValue(value: string): string {
  return /^[^",)(\\\s{}]*$/.test(value) ? value : printQuoted(value);
}

const RESERVED = new Set([
  "select",
  "columns",
  "on_conflict",
  "order",
  "limit",
  "offset",
  "and",
  "or",
  "not",
]);

/** A name in a query, quoted unless it is plain. Digits alone would be an array index. */
export function printName(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) && !RESERVED.has(name) ? name : printQuoted(name);
}

/** A bare hint must not begin like a join type. */
function printHint(hint: string): string {
  return /^(left|inner)/.test(hint) ? printQuoted(hint) : printName(hint);
}

function printQuoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Percent-encodes everything, `;` included, but what URLs may hold as it is. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(?:2C|3A|24)/g, (code) => READABLE[code] ?? code);
}

const READABLE: Readonly<Record<string, string>> = { "%2C": ",", "%3A": ":", "%24": "$" };
