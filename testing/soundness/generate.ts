import type { Read } from "../../src/postgrest/query/read.ts";
import type { Column, Fixture, Table } from "./fixtures/fixture.ts";
import type { Format } from "./origin.ts";
import type { Random } from "./random.ts";

/** A read as a client would write it, and the media type it accepts. */
export interface Asked {
  readonly read: Read;
  readonly format: Format;
}

/** A random read of a random relation. */
export function makeRead(random: Random, fixture: Fixture): Asked {
  const seen = fixture.tables.filter(({ isUnseen }) => !isUnseen);
  const focus = random.chance(50) ? seen.filter(({ name }) => fixture.focus?.includes(name)) : [];
  const table = random.pick(focus.length > 0 ? focus : seen);
  const parameters: string[] = [];
  const embeds = makeEmbeds(random, fixture, table, 0);
  const aggregate = embeds.length === 0 && random.chance(6);
  const select = aggregate ? aggregateSelect(random, table) : columnSelect(random, table, embeds.length > 0);
  if (embeds.length > 0 || random.chance(60)) {
    const items = [...select, ...embeds.map(({ text }) => text)];
    parameters.push(`select=${items.map(encodeURIComponent).join(",")}`);
  }
  parameters.push(...filters(random, table, "", random.below(3)));
  for (const { parameters: own } of embeds) parameters.push(...own);
  for (const { handle, filterable } of embeds) {
    if (filterable && random.chance(12))
      parameters.push(`${handle}=${random.pick(["is.null", "not.is.null"])}`);
  }
  const window = aggregate ? {} : orderAndPage(random, table, embeds, parameters);
  const read: Read = {
    schema: "public",
    relation: table.name,
    search: parameters.join("&"),
    ...(random.chance(15) && { count: "exact" as const }),
    ...window,
  };
  return { read, format: embeds.length === 0 && random.chance(12) ? "csv" : "json" };
}

interface Embed {
  readonly text: string;
  readonly handle: string;
  readonly many: boolean;
  readonly filterable: boolean;
  readonly sortable: string | undefined;
  readonly parameters: readonly string[];
}

function makeEmbeds(random: Random, fixture: Fixture, table: Table, depth: number): readonly Embed[] {
  const joins = fixture.joins.filter(({ parent }) => parent === table.name);
  if (joins.length === 0 || depth > 1 || !random.chance(depth === 0 ? 40 : 25)) return [];
  return random.some(joins, random.chance(80) ? 1 : 2).map(({ name, hint, target, many }): Embed => {
    const child = fixture.tables.find(({ name }) => name === target);
    if (child === undefined) throw new Error(`no table ${target}`);
    const spread = depth === 0 && random.chance(10);
    const alias = !spread && random.chance(30) ? `my_${name}` : undefined;
    const handle = alias ?? name;
    const nested = spread ? [] : makeEmbeds(random, fixture, child, depth + 1);
    const columns = spread
      ? [
          random.pick(
            child.columns
              .filter(({ name }) => !table.columns.some((own) => own.name === name))
              .concat(child.columns.slice(-1)),
          ).name,
        ]
      : columnSelect(random, child, false);
    const items = [...columns, ...nested.map(({ text }) => text)];
    const join = random.chance(25) ? "!inner" : "";
    const head = spread ? "..." : alias === undefined ? "" : `${alias}:`;
    const parameters = filters(random, child, `${handle}.`, random.below(2));
    for (const each of nested) parameters.push(...each.parameters.map((text) => `${handle}.${text}`));
    if (many && random.chance(20))
      parameters.push(
        `${handle}.order=${child.key.join(",") || "id"}`,
        `${handle}.limit=${1 + random.below(3)}`,
      );
    return {
      text: `${head}${name}${hint === undefined ? "" : `!${hint}`}${join}(${items.join(",")})`,
      handle,
      many,
      filterable: !spread,
      sortable: many || spread ? undefined : random.pick(child.columns.filter(sortable)).name,
      parameters,
    };
  });
}

function columnSelect(random: Random, table: Table, embedding: boolean): string[] {
  if (random.chance(embedding ? 40 : 30)) return ["*"];
  const columns = random.some(table.columns, 1 + random.below(4)).map(({ name }) => name);
  if (random.chance(60)) for (const key of table.key) if (!columns.includes(key)) columns.unshift(key);
  return columns.map((name) => {
    const type = table.columns.find((column) => column.name === name)?.type.name;
    if (type === "jb" && random.chance(30)) return `${name}->a`;
    if (random.chance(8)) return `${name}_2:${name}`;
    return random.chance(5) ? `${name}::text` : name;
  });
}

function aggregateSelect(random: Random, table: Table): string[] {
  const column = random.pick(
    table.columns.filter(({ type }) => ["i2", "i4", "i8", "num2"].includes(type.name)),
  );
  return [
    random.pick(["count()", `${column.name}.sum()`, `${column.name}.max()`]),
    ...(random.chance(40) ? [random.pick(table.columns.filter(groupable)).name] : []),
  ];
}

/** A group shows any of the values that are equal but print differently (`1 day` and `24:00:00`). */
const groupable = (column: Column): boolean =>
  sortable(column) && !["iv", "num", "f8"].includes(column.type.name);

const sortable = ({ type }: Column): boolean => !["js", "r", "jb"].includes(type.name);

function filters(random: Random, table: Table, prefix: string, count: number): string[] {
  const made: string[] = [];
  for (let number = 0; number < count; number += 1) {
    if (random.chance(15)) {
      const parts = [filter(random, table, true), filter(random, table, true)];
      if (random.chance(30))
        parts.push(`not.and(${filter(random, table, true)},${filter(random, table, true)})`);
      made.push(
        `${prefix}${random.pick(["or", "or", "not.and", "and", "not.or"])}=${encodeURIComponent(`(${parts.join(",")})`)}`,
      );
    } else {
      const [name, rest] = split(filter(random, table, false));
      made.push(`${prefix}${encodeURIComponent(name)}=${encodeURIComponent(rest)}`);
    }
  }
  return made;
}

function split(text: string): readonly [string, string] {
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}

/** `column.operator.value`, quoted for a logic tree if need be. */
function filter(random: Random, table: Table, inLogic: boolean): string {
  const preferred = table.columns.filter(({ name }) =>
    ["id", "user_id", "post_id", "parent_id", "zone", "source"].includes(name),
  );
  const column =
    preferred.length > 0 && random.chance(35) ? random.pick(preferred) : random.pick(table.columns);
  const { type } = column;
  const not = random.chance(12) ? "not." : "";
  if (random.chance(8) || type.operators[0] === "is") {
    const values =
      type.name === "b" ? ["null", "true", "false", "unknown", "not_null"] : ["null", "not_null"];
    return `${column.name}.${not}is.${random.pick(values)}`;
  }
  if (type.name === "jb" && random.chance(50)) return jsonFilter(random, column.name, not, inLogic);
  const operator = random.pick(type.operators);
  const value = () => random.pick([...type.values, ...(type.literals ?? [])]);
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const protect = (text: string) => (inLogic ? quoted(text) : text);
  if (operator === "in") {
    const values = random.some([...type.values], 1 + random.below(3)).map(quoted);
    return `${column.name}.${not}in.(${values.join(",")})`;
  }
  if (operator.endsWith(")")) {
    const elements = random.some([...type.values], 1 + random.below(2)).map(quoted);
    if (random.chance(10)) elements.push("NULL");
    return `${column.name}.${not}${operator}.${protect(`{${elements.join(",")}}`)}`;
  }
  return `${column.name}.${not}${operator}.${protect(value())}`;
}

function jsonFilter(random: Random, name: string, not: string, inLogic: boolean): string {
  const path = random.pick(["->a", "->>a", "->>b", "->c->0", "->a->>b", "->0", "->>1"]);
  const isText = path.includes("->>");
  const value = random.pick(isText ? ["1", "1.0", "x", "a"] : ["1", '"1"', "1.00", "{}", "[1,2]"]);
  const protect = inLogic ? `"${value.replaceAll('"', '\\"')}"` : value;
  return random.chance(20)
    ? `${name}${path}.${not}is.null`
    : `${name}${path}.${not}${random.pick(["eq", "neq", ...(isText ? ["like"] : ["cs"])])}.${protect}`;
}

function orderAndPage(
  random: Random,
  table: Table,
  embeds: readonly Embed[],
  parameters: string[],
): { range?: { from: number; to?: number } } {
  if (!random.chance(55)) return {};
  const terms = random
    .some(table.columns.filter(sortable), random.below(3))
    .map(({ name }) => `${name}${random.pick(["", ".desc", ".desc.nullslast", ".nullsfirst"])}`);
  const byEmbed = embeds.find((each) => each.sortable !== undefined);
  if (byEmbed && random.chance(15)) terms.push(`${byEmbed.handle}(${byEmbed.sortable})`);
  if (random.chance(80)) {
    for (const key of table.key)
      if (!terms.some((term) => term.split(".")[0] === key))
        terms.push(`${key}${random.pick(["", ".desc"])}`);
  }
  if (terms.length > 0) parameters.push(`order=${encodeURIComponent(terms.join(","))}`);
  if (!random.chance(65)) return {};
  if (random.chance(20)) {
    const from = random.below(4);
    return { range: random.chance(80) ? { from, to: from + random.below(4) } : { from } };
  }
  parameters.push(`limit=${1 + random.below(5)}`);
  if (random.chance(35)) parameters.push(`offset=${random.below(5)}`);
  return {};
}
