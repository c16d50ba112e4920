import { expect, test } from "vitest";
import { parseQuery } from "../query/parse.ts";
import type { RelationDescription, Schema } from "../schema/schema.ts";
import { volatileLiteral } from "./volatile.ts";

const column = (type: string, family: "base" | "enum" | "opaque" = "base") =>
  ({ type, family, notNull: false, plainCollation: true, exact: true, generated: "no" }) as const;

const table = (columns: Record<string, ReturnType<typeof column>>, more = {}): RelationDescription => ({
  ...{ kind: "table", columns: new Map(Object.entries(columns)), keys: [["id"]], foreignKeys: [] },
  ...{ descendants: [], ancestors: [], computed: new Map(), handlers: [], origins: new Map() },
  ...more,
});

const key = (name: string, relation: string) => ({
  ...{ name: `${name}_fkey`, columns: [name], relation, referenced: ["id"] },
});

const schema: Schema = new Map([
  [
    "public.todos",
    table(
      {
        ...{ id: column("int8"), title: column("text"), due: column("timestamptz"), at: column("time") },
        ...{ zoned: column("timetz"), during: column("tstzrange"), tags: column("_text") },
        ...{ day: column("text", "opaque"), state: column("state", "enum"), owner: column("int8") },
      },
      { foreignKeys: [key("owner", "public.people")] },
    ),
  ],
  ["public.people", table({ id: column("int8"), name: column("timestamptz"), note: column("text") })],
  // This is named like the column that joins the people.
  ["public.owner", table({ id: column("int8"), name: column("text") })],
  ["archive.todos", table({ id: column("int8"), title: column("timestamptz"), due: column("text") })],
]);

const found = (search: string, described: Schema | undefined = schema, named = "public") =>
  volatileLiteral({ schema: named }, parseQuery("todos", search), described);

test.each([
  "due=lt.now",
  "due=lt.NOW",
  "due=lt.%20now()%20",
  "due=eq.tomorrow%2012:00",
  "due=not.in.(2024-01-01,Yesterday)",
  'due=eq(any).{2024-01-01,"today"}',
  "due=isdistinct.'today'",
  "or=(title.eq.x,not.and(day.gte.today,title.eq.y))",
  "select=*,items(*)&items.at=gt.now",
  "unknown=eq.now",
  "unknown=eq.12:30",
  "zoned=eq.12:30",
  "zoned=in.(040506)",
  "during=cs.[now,tomorrow)",
  'during=cs.[n"o"w,)',
  "day=eq.today",
  "select=title::timestamp",
  "select=tags::_date",
  "select=title.max()::date",
  "select=due::text.max()::date",
  "select=title::tstzrange",
  "select=at::timetz",
  "select=at::time%20%20with time zone",
  "select=day::date",
  "select=computed::date",
  "select=data->>a::date",
  // The column joins the people, whatever other relation has its name.
  "select=owner(name)&owner.name=eq.now",
])("%s moves with the clock", (search) => {
  expect(found(search)).toBeDefined();
});

test.each([
  "due=lt.2024-01-01",
  "due=lt.infinity",
  "title=eq.now",
  "title=in.(today,12:30)",
  "tags=cs.{now}",
  "state=eq.today",
  "at=eq.12:30",
  "data->>due=eq.now",
  "anything=like.*now*",
  "anything=fts.now",
  "unknown=eq.nowadays",
  "unknown=eq.2024-01-01T12:30",
  "unknown=eq.12:30-05",
  "select=due::date,due::timestamptz,at::time",
  // The footprint says what a user-defined type reads.
  "select=title::mine",
  "select=title::text,title::int,title::double precision,data->a::int,id.sum()::text,count()::text",
  "select=people(note)&people.note=eq.now",
])("%s does not", (search) => {
  expect(found(search)).toBeUndefined();
});

test("a relation is looked up in its own schema", () => {
  expect(found("title=eq.now", schema, "archive")).toBe("now");
  expect(found("due=eq.now", schema, "archive")).toBeUndefined();
});

test("without a schema every column could be a date, or a text", () => {
  expect(found("title=eq.now", new Map())).toBe("now");
  const without = (search: string) => volatileLiteral({ schema: "public" }, parseQuery("todos", search));
  expect(without("title=eq.now")).toBe("now");
  expect(without("select=id,owner(name)&owner.name=eq.now")).toBe("now");
  expect(without("select=due::date")).toBe("date");
  expect(without("select=due::mine")).toBe("mine");
  expect(without("select=due::text")).toBeUndefined();
});
