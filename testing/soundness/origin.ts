import type { Condition, EmbedItem, Field, Filter, Level, Query } from "../../src/postgrest/query/query.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import type { Fixture, Table } from "./fixtures/fixture.ts";

/** The media type of an answer. */
export type Format = "json" | "csv";

/**
 * The SQL that PostgREST would run for a read, in shape and in every operator (after its `QueryBuilder.hs` and
 * `SqlFragment.hs`): one row with the body and, for `count=exact`, the total. Postgres itself prints the JSON, so
 * numbers and times come out as PostgREST's clients see them.
 */
export function sqlOf(
  fixture: Fixture,
  { read, format }: { readonly read: Read; readonly format: Format },
  query: Query,
): string {
  const aliases = { next: 0 };
  const { from, to } = rowsOf(read, query.root);
  const page =
    from === 0 && to === undefined ? "" : ` limit ${to === undefined ? "all" : to - from + 1} offset ${from}`;
  const rows = levelSql(fixture, query.relation, query.root, aliases, "", page);
  const total = levelSql(fixture, query.relation, { ...query.root, order: [] }, aliases, "", "");
  const count = read.count === undefined ? "null" : `(select count(*) from (${total}) counted)`;
  // For CSV, rows are printed as text without braces; a list of them shows where each ends.
  const row = format === "csv" ? "t::text" : "t";
  return `select coalesce(json_agg(${row}), '[]')::text as body, ${count}::text as total from (${rows}) t`;
}

function rowsOf(read: Read, level: Level): { from: number; to: number | undefined } {
  const ends = [level.limit === undefined ? undefined : level.offset + level.limit - 1, read.range?.to];
  const known = ends.filter((end) => end !== undefined);
  return {
    from: Math.max(level.offset, read.range?.from ?? 0),
    to: known.length === 0 ? undefined : Math.min(...known),
  };
}

function levelSql(
  fixture: Fixture,
  relation: string,
  level: Level,
  aliases: { next: number },
  joinOn: string,
  page: string,
): string {
  const alias = `t${aliases.next++}`;
  const table = fixture.tables.find(({ name }) => name === relation);
  const selected: string[] = [];
  const joins: string[] = [];
  const embeds = new Map<string, string>();
  for (const item of level.select) {
    if (item.kind === "star") selected.push(...starSql(alias, table));
    else if (item.kind === "column") selected.push(columnSql(alias, item, table));
    else embedSql(fixture, relation, alias, item, aliases, { selected, joins, embeds });
  }
  if (level.select.length === 0) selected.push(...starSql(alias, table));
  const where = level.where.map((condition) => conditionSql(alias, condition, embeds));
  if (joinOn !== "") where.push(joinOn.replaceAll("$t", alias));
  const order = level.order.map(
    ({ field, embed, descending, nullsFirst }) =>
      `${fieldSql(embed === undefined ? alias : (embeds.get(embed) ?? "unknown"), field)} ${descending ? "desc" : "asc"} nulls ${nullsFirst ? "first" : "last"}`,
  );
  const groups = level.select.flatMap((item) =>
    item.kind === "column" && item.aggregate === undefined && item.field ? [fieldSql(alias, item.field)] : [],
  );
  const aggregated = level.select.some((item) => item.kind === "column" && item.aggregate !== undefined);
  return [
    `select ${selected.join(", ")} from ${relation} ${alias}`,
    ...joins,
    where.length > 0 ? `where ${where.join(" and ")}` : "",
    aggregated && groups.length > 0 ? `group by ${groups.join(", ")}` : "",
    order.length > 0 ? `order by ${order.join(", ")}` : "",
    page,
  ].join(" ");
}

interface Parts {
  readonly selected: string[];
  readonly joins: string[];
  readonly embeds: Map<string, string>;
}

function embedSql(
  fixture: Fixture,
  parent: string,
  parentAlias: string,
  embed: EmbedItem,
  aliases: { next: number },
  { selected, joins, embeds }: Parts,
): void {
  const join = fixture.joins.find(
    (each) => each.parent === parent && each.name === embed.relation && each.hint === embed.hint,
  );
  if (join === undefined) throw new Error(`${parent} does not embed ${embed.relation}`);
  const name = embed.alias ?? embed.relation;
  const alias = `e${aliases.next++}`;
  const { limit, offset } = embed.level;
  const page = limit === undefined && offset === 0 ? "" : ` limit ${limit ?? "all"} offset ${offset}`;
  const inner = levelSql(
    fixture,
    join.target,
    embed.level,
    aliases,
    join.on.replaceAll("$p", parentAlias),
    page,
  );
  embeds.set(name, alias);
  const kind = embed.inner ? "inner" : "left";
  if (join.many) {
    const shown = embed.spread
      ? embed.level.select.map((item) =>
          item.kind === "column"
            ? `json_agg(${alias}.${quote(item.field?.column ?? "")}) as ${quote(item.field?.column ?? "")}`
            : "",
        )
      : [];
    joins.push(
      `${kind} join lateral (select json_agg(${alias})::jsonb as ${alias}${shown.map((each) => `, ${each}`).join("")} from (${inner}) ${alias}) ${alias} on ${embed.inner ? `${alias} is not null` : "true"}`,
    );
    if (embed.spread)
      for (const item of embed.level.select)
        selected.push(item.kind === "column" ? `${alias}.${quote(item.field?.column ?? "")}` : "null");
    else selected.push(`coalesce(${alias}.${alias}, '[]') as ${quote(name)}`);
    return;
  }
  joins.push(`${kind} join lateral (${inner}) ${alias} on true`);
  if (embed.spread) selected.push(`${alias}.*`);
  else selected.push(`row_to_json(${alias}.*)::jsonb as ${quote(name)}`);
}

/** A domain with a cast to JSON is shown through it; then all columns are named. */
function starSql(alias: string, table: Table | undefined): readonly string[] {
  const columns = (table?.columns ?? []).filter(({ computed }) => !computed);
  if (columns.every(({ type }) => type.shownBy === undefined)) return [`${alias}.*`];
  return columns.map(({ name, type }) => shownSql(`${alias}.${quote(name)}`, name, type.shownBy));
}

function shownSql(sql: string, name: string, shownBy: string | undefined): string {
  return shownBy === undefined ? sql : `${shownBy}(${sql}) as ${quote(name)}`;
}

function columnSql(
  alias: string,
  item: Extract<Level["select"][number], { kind: "column" }>,
  table: Table | undefined,
): string {
  let sql = item.field === undefined ? "*" : fieldSql(alias, item.field);
  const column = item.field?.path.length === 0 ? item.field.column : undefined;
  const shownBy = table?.columns.find(({ name }) => name === column)?.type.shownBy;
  if (shownBy !== undefined && item.cast === undefined && item.aggregate === undefined)
    return shownSql(sql, item.alias ?? column ?? "", shownBy);
  if (item.cast !== undefined) sql = `cast(${sql} as ${item.cast})`;
  if (item.aggregate !== undefined) sql = `${item.aggregate}(${sql})`;
  const last = item.field?.path.findLast((step) => step.key !== undefined)?.key;
  const name = item.alias ?? last;
  return name === undefined ? sql : `${sql} as ${quote(name)}`;
}

function fieldSql(alias: string, { column, path }: Field): string {
  const steps = path.map(
    ({ text, key, index }) => `${text ? "->>" : "->"}${key === undefined ? `${index}::int` : literal(key)}`,
  );
  const base = `${alias}.${quote(column)}`;
  // PostgREST skips this for json and jsonb; it changes nothing for jsonb, and no path here enters a json column.
  return steps.length === 0 ? base : `to_jsonb(${base})${steps.join("")}`;
}

function conditionSql(alias: string, condition: Condition, embeds: ReadonlyMap<string, string>): string {
  if (condition.kind === "filter") return filterSql(alias, condition, embeds);
  const parts = condition.conditions.map((part) => conditionSql(alias, part, embeds));
  return `${condition.negated ? "not " : ""}(${parts.join(` ${condition.kind} `)})`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
  cs: "@>",
  cd: "<@",
  ov: "&&",
  sl: "<<",
  sr: ">>",
  nxr: "&<",
  nxl: "&>",
  adj: "-|-",
};

function filterSql(
  alias: string,
  { field, negated, test }: Filter,
  embeds: ReadonlyMap<string, string>,
): string {
  const embed = embeds.get(field.column);
  if (embed !== undefined && test.operator === "is" && test.value === "null") {
    return `${embed} is ${negated ? "" : "not "}distinct from null`;
  }
  const left = `${negated ? "not " : ""}${fieldSql(alias, field)}`;
  switch (test.operator) {
    case "in": {
      const isEmpty = test.values.length === 1 && test.values[0] === "";
      const elements = test.values.map(
        (value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
      );
      return `${left} = any (${literal(isEmpty ? "{}" : `{${elements.join(",")}}`)})`;
    }
    case "is":
      return `${left} is ${test.value === "not_null" ? "not null" : test.value}`;
    case "isdistinct":
      return `${left} is distinct from ${literal(test.value)}`;
    case "fts":
      return `${negated ? "not " : ""}to_tsvector(${fieldSql(alias, field)}) @@ to_tsquery(${literal(test.value)})`;
    default: {
      const quantifier = "quantifier" in test && test.quantifier !== undefined ? test.quantifier : "";
      return `${left} ${OPERATORS[test.operator] ?? test.operator} ${quantifier}(${literal(test.value)})`;
    }
  }
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

function literal(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes("\\") ? `E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}
