import type { Random } from "../../../../testing/soundness/random.ts";
import { identifier } from "../../sql/quote.ts";
import type { CatalogFunction, Names } from "./names.ts";
import { trapBody, trapCondition } from "./trap.ts";

/** Types that our arguments may have, besides those that Postgres' own functions declare. */
const ARGUMENTS = [
  ...["text", "name", "character varying", '"char"', "integer", "bigint", "smallint", "numeric", "boolean"],
  ...["oid", "regclass", "regproc", "regprocedure", "regtype", "regrole", "regnamespace", "xid8", "xid"],
  ...["json", "jsonb", "bytea", "uuid", "tid", "pg_snapshot", "interval", "timestamp with time zone"],
  ...["text[]", "name[]", "oid[]", "regprocedure[]", "smallint[]", "oidvector", "aclitem[]"],
];
const POLYMORPHIC = ["anyelement", "anyarray", "anynonarray"];
/** Pairs of types for which an exact operator of another role would win over the one that we mean. */
const MIXED = [
  "oid",
  "integer",
  "bigint",
  "regclass",
  "regprocedure",
  "regnamespace",
  "text",
  "name",
  '"char"',
];

/** Functions in `schema` with the names that we call and arguments that may be a better match. */
export function overloads(names: Names, random: Random, schema: string, count: number): string[] {
  return Array.from({ length: count }, () =>
    overload(random.pick(random.chance(50) ? names.exposed : names.functions), random, schema),
  );
}

function overload(of: CatalogFunction, random: Random, schema: string): string {
  const takes = expanded(of, random).map((type) => {
    if (type.startsWith('"any"') || type === "any")
      return random.chance(80) ? "text" : random.pick(ARGUMENTS);
    if (type.startsWith("any")) return random.chance(50) ? random.pick(ARGUMENTS) : type;
    return random.chance(40) ? random.pick([...ARGUMENTS, "text", "text", ...POLYMORPHIC]) : type;
  });
  const name = `${identifier(schema)}.${identifier(of.name)}`;
  const place = `${schema}.${of.name}(${takes.join(", ")})`;
  if (of.aggregate)
    return `create aggregate ${name}(${takes.join(", ") || "*"}) (sfunc = shop.step${takes.length}, stype = text)`;
  const last = takes.length - 1;
  const parameters = takes.map((type, at) =>
    at === last && random.chance(10) ? `p${at} ${type} default null` : `p${at} ${type}`,
  );
  return `create function ${name}(${parameters.join(", ")}) returns ${of.gives} ${trapBody(place)}`;
}

function expanded(of: CatalogFunction, random: Random): string[] {
  if (!of.variadic) return [...of.takes];
  const rest = of.takes.at(-1) ?? "text";
  return [...of.takes.slice(0, -1), ...Array.from({ length: 1 + random.below(4) }, () => rest)];
}

/** Operators in `schema` with the names that we use, for pairs of types that Postgres has none for. */
export function operators(names: Names, random: Random, schema: string, count: number): string[] {
  const wanted = names.operators.flatMap(({ name, gives }) =>
    random
      .some(
        MIXED.flatMap((left) =>
          MIXED.filter((right) => right !== left).map((right) => [left, right] as const),
        ),
        Math.ceil(count / names.operators.length),
      )
      .concat(random.chance(50) ? [[random.pick(ARGUMENTS), random.pick(ARGUMENTS)] as const] : [])
      .map(([left, right]) => ({ name, gives, left, right })),
  );
  // These two occur where we compare object identifiers with names of objects.
  for (const right of ["regclass", "regprocedure", "regnamespace", "integer"])
    wanted.push({ name: "=", gives: "boolean", left: "oid", right });
  return wanted.flatMap(({ name, gives, left, right }, at) => {
    const called = `${identifier(schema)}.${identifier(`sign ${at}`)}`;
    const place = `${schema}.${name}(${left}, ${right})`;
    return [
      `create function ${called}(${left}, ${right}) returns ${gives} ${trapBody(place)}`,
      `create operator ${identifier(schema)}.${name} (leftarg = ${left}, rightarg = ${right}, function = ${called})`,
    ];
  });
}

/** Domains and views with the names of Postgres' own types and catalogs, or of our tables. */
export function shadows(names: Names, random: Random, schema: string, count: number): string[] {
  const at = schema === "pg_temp" ? "pg_temp" : identifier(schema);
  const domains = random
    .some(names.types, count)
    .map(
      (type) =>
        `create domain ${at}.${identifier(type)} as pg_catalog.${identifier(type)} check (${trapCondition(`the domain ${schema}.${type}`)})`,
    );
  const views = random.some(names.relations, count).flatMap((relation) => {
    const condition = trapCondition(`the view ${schema}.${relation}`);
    const source = relation.startsWith("pg_")
      ? `select * from pg_catalog.${identifier(relation)} where ${condition}`
      : `select 1 as id where ${condition}`;
    const view = `${at}.${identifier(relation)}`;
    return [`create view ${view} as ${source}`, `grant select on ${view} to public`];
  });
  return [...domains, ...views];
}

/** Casts from her own types to other types, by her functions. */
const OWN_TYPES = [
  ...["shop.mood", "shop.pair", "shop.span", "shop.spans", "shop.other", "shop.items", "shop.hold"],
];
const CAST_TARGETS = ["json", "jsonb", "text", "character varying", "name", "bytea", "integer", "xml"];

export function casts(random: Random, count: number): string[] {
  const sure = random.some(OWN_TYPES, 3).map((type) => [type, "json"] as const);
  const rest = Array.from(
    { length: count },
    () => [random.pick(OWN_TYPES), random.pick(CAST_TARGETS)] as const,
  );
  return [...sure, ...rest].flatMap(([type, target], at) => {
    const how = random.pick(["", " as assignment", " as implicit"]);
    const backwards = random.chance(20);
    const [from, to] = backwards ? [target, type] : [type, target];
    return [
      `create or replace function shop.${identifier(`cast ${at} ${from} ${to}`)}(${from}) returns ${to} ${trapBody(`cast ${from} as ${to}`)}`,
      `create cast (${from} as ${to}) with function shop.${identifier(`cast ${at} ${from} ${to}`)}(${from})${how}`,
    ];
  });
}
