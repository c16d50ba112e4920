import type { PGlite } from "@electric-sql/pglite";
import { citext } from "@electric-sql/pglite/contrib/citext";
import { hstore } from "@electric-sql/pglite/contrib/hstore";
import { ltree } from "@electric-sql/pglite/contrib/ltree";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPglite } from "../../../testing/pglite.ts";
import type { Fixture } from "../../../testing/soundness/fixtures/fixture.ts";
import { sqlOf } from "../../../testing/soundness/origin.ts";
import { TYPES } from "../../../testing/soundness/types.ts";
import { literal } from "../../capture/sql/quote.ts";
import { evaluate } from "../predicate/evaluate.ts";
import { FALSE, NULL, type Ternary, TRUE } from "../predicate/ternary.ts";
import { parseQuery } from "../query/parse.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import { describedBy } from "../testing/described.ts";
import type { Row } from "./change.ts";
import { objectMembers } from "./json-source.ts";

/**
 * Compares what a filter may yield for a row with Postgres itself, for literals and values that look alike but differ:
 * every certain outcome, with or without a schema, must be Postgres'.
 */
const UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
const MORE_TYPES: readonly { readonly sql: string; readonly values: readonly string[] }[] = [
  { sql: "text", values: ["1", "01", "t", "true", UUID, UUID.toUpperCase(), UUID.replaceAll("-", ""), "5 "] },
  { sql: "text collate nocase", values: ["a", "A", UUID, UUID.toUpperCase()] },
  { sql: "citext", values: ["a", "A", "true", "TRUE", "1", UUID, UUID.toUpperCase()] },
  { sql: "char(40)", values: ["1", "true", UUID, `${UUID}  `] },
  { sql: "bpchar", values: ["1", "1  ", UUID, `${UUID} `] },
  { sql: "name", values: ["1", "true", UUID] },
  { sql: '"char"', values: ["1", "t"] },
  { sql: "bit(4)", values: ["0001", "1000"] },
  { sql: "bit(32)", values: [`${"0".repeat(31)}1`] },
  { sql: "varbit", values: ["1", "01", "0".repeat(32)] },
  { sql: "money", values: ["1", "1.00", "0"] },
  { sql: "oid", values: ["1", "0"] },
  { sql: "numeric", values: ["1", "1.0", "12345678123456781234567812345678", "1e31", "0.1"] },
  { sql: "numeric(3,1)", values: ["1", "1.5"] },
  { sql: "float8", values: ["1", "-0", "12345678123456781234567812345678", "1e31", "0.30000000000000004"] },
  { sql: "float4", values: ["1", "16777217", "0.1", "8388607.5"] },
  { sql: "bool", values: ["t", "f"] },
  {
    sql: "jsonb",
    values: ["1", "1.0", "true", "null", '"1"', `"${UUID}"`, `"${"12345678".repeat(4)}"`, "[1]"],
  },
  { sql: "hstore", values: ["a=>1", ""] },
  { sql: "ltree", values: ["a.b", "1"] },
  { sql: "inet", values: ["10.0.0.1", "10.0.0.0/8"] },
  { sql: "interval", values: ["1", "24:00:00", "1 day"] },
  { sql: "timetz", values: ["12:00:00+02", "10:00:00Z"] },
  { sql: "int4range", values: ["[1,2)", "[1,1]", "empty"] },
  { sql: "pair", values: ["(1,a)", "(,)", "(1,)"] },
  { sql: "pair[]", values: ["{}", '{"(,)"}'] },
  { sql: "whole", values: ["1", "2"] },
  { sql: "int4[]", values: ["{1,2}", "[0:1]={1,2}", "[2:2]={1}", "{1}", "{{1,2}}", "{}"] },
  { sql: "text[]", values: ["{a}", "[5:5]={a}", '{"\u00a0a"}', "{\u00a0a}", '{"a[b"}', "{{a}}"] },
  { sql: "uuid[]", values: [`{${UUID}}`, `[0:0]={${UUID}}`] },
  { sql: "jsonb[]", values: ['{"1"}', '{"1.0"}'] },
];

const COMMON = [
  ...["0", "1", "-1", "1.0", "01", "5", "true", "false", "t", "TRUE", "a", "A", "null", "", "{}", "[]"],
  ...[UUID, UUID.toUpperCase(), UUID.replaceAll("-", ""), `{${UUID}}`, "12345678".repeat(4), "1e1", "{1,2}"],
  ...["0".repeat(32), `${"0".repeat(31)}1`, "123e-1234123412341234123412341234", `1${"0".repeat(31)}`],
  ...["{a}", "{\u00a0a}", '{"a[b"}', "[0:1]={1,2}", "{1}", "{1,NULL}", '"1"', "$1.00", "(1,a)"],
];

const OPERATORS = ["eq", "neq", "gt", "lte", "isdistinct", "like", "cs", "cd", "ov", "eq(any)", "gt(all)"];
const NULLNESS = ["is.null", "is.not_null", "is.true", "is.false", "is.unknown"];
/** A literal without a zone is read by the session's. */
const ZONES = ["UTC", "XYZ-30", "XYZ-167:59", "XYZ167:59"];

interface Column {
  readonly relation: string;
  readonly sql: string;
  readonly literals: readonly string[];
  readonly rows: ReadonlyMap<number, Row>;
}

let database: PGlite;
let schema: Schema;
const columns: Column[] = [];

beforeAll(async () => {
  database = await openPglite({ extensions: { citext, hstore, ltree } });
  await database.exec(`
    set timezone to 'UTC';
    create extension citext; create extension hstore; create extension ltree;
    create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create type mood as enum ('sad', 'ok', 'happy');
    create domain email as text;
    create domain whole as int4;
    create type pair as (a int4, b text);
    -- Null where Postgres refuses the query: then no row has an outcome.
    create function ask(sql text) returns text language plpgsql as $$
      declare body text; total text;
      begin execute sql into body, total; return body;
      exception when others then return null; end $$;
  `);
  const types = [
    ...TYPES.map(({ sql, values, literals = [] }) => ({ sql, values, more: literals })),
    ...MORE_TYPES.map(({ sql, values }) => ({ sql, values, more: [] })),
  ];
  for (const [at, { sql, values, more }] of types.entries()) {
    const relation = `t${at}`;
    const quoted = values.map((value) => `(${literal(value)})`).join(", ");
    await database.exec(`
      create table ${relation} (id int generated always as identity, v ${sql});
      insert into ${relation} (v) select v::${sql.split(" collate ")[0]} from (values ${quoted}, (null)) w (v);
    `);
    const { rows } = await database.query<{ id: number; image: string }>(
      `select id, to_jsonb(t)::text as image from ${relation} t`,
    );
    const images = rows.map(({ id, image }) => [id, objectMembers(image) ?? {}] as const);
    columns.push({ relation, sql, literals: [...values, ...more, ...COMMON], rows: new Map(images) });
  }
  schema = await describedBy(database);
});

afterAll(() => database.close());

/** The rows that each filter admits; null if it is refused. */
async function ask(relation: string, filters: readonly string[]): Promise<(ReadonlySet<number> | null)[]> {
  const statements = filters.map((filter) => {
    const query = parseQuery(relation, `select=id&${filter}`);
    const read = { schema: "public", relation, search: "" };
    return literal(sqlOf({ tables: [] } as unknown as Fixture, { read, format: "json" }, query));
  });
  const { rows } = await database.query<{ body: string | null }>(
    `select ask(sql) as body from unnest(array[${statements.join(",")}]) with ordinality w (sql, at) order by at`,
  );
  return rows.map(({ body }) =>
    body === null ? null : new Set((JSON.parse(body) as { id: number }[]).map(({ id }) => id)),
  );
}

function said(filter: string, row: Row, description: RelationDescription | undefined): Ternary {
  const compiler = new ConditionCompiler();
  const { where } = parseQuery("t", filter).root;
  const shape = where.map((condition) => compiler.compile(condition, description, new Set()));
  return evaluate(shape, compiler.literals, row);
}

const spelled = (outcomes: Ternary) =>
  [outcomes & TRUE && "true", outcomes & FALSE && "false", outcomes & NULL && "null"]
    .filter(Boolean)
    .join("|");

test.each(ZONES)("I7. a filter's certain outcomes are those of Postgres, in time zone %s", async (zone) => {
  await database.exec(`set timezone to '${zone}'`);
  const wrong: string[] = [];
  let [certain, all] = [0, 0];
  for (const { relation, sql, literals, rows } of columns) {
    if (zone !== "UTC" && !/^(?:time|date)/.test(sql)) continue;
    const tests = literals.flatMap((literal) => [
      ...OPERATORS.map((operator) => [operator, literal]),
      ["in", `("${literal.replaceAll(/["\\]/g, "\\$&")}")`],
    ]);
    const filters = [...tests.map((each) => each.join(".")), ...NULLNESS].map(encodeURIComponent);
    const [passing, notPassing] = [
      await ask(
        relation,
        filters.map((filter) => `v=${filter}`),
      ),
      await ask(
        relation,
        filters.map((filter) => `v=not.${filter}`),
      ),
    ];
    for (const [at, filter] of filters.entries()) {
      const [yes, no] = [passing[at], notPassing[at]];
      if (!yes || !no) continue;
      for (const [id, row] of rows) {
        const truth = yes.has(id) ? TRUE : no.has(id) ? FALSE : NULL;
        for (const description of [undefined, schema.get(`public.${relation}`)]) {
          const outcomes = said(`v=${filter}`, row, description);
          all += 1;
          if (outcomes === TRUE || outcomes === FALSE || outcomes === NULL) certain += 1;
          if (outcomes & truth) continue;
          const how = description === undefined ? "without a schema" : "with a schema";
          wrong.push(
            `${how}: ${sql} ${row.v} ${decodeURIComponent(filter)}: ${spelled(outcomes)}, is ${spelled(truth)}`,
          );
        }
      }
    }
  }
  expect(wrong.slice(0, 20)).toEqual([]);
  // Never being certain would be correct, too.
  expect(certain / all).toBeGreaterThan(0.25);
});
