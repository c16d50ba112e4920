import { expect, test } from "vitest";
import { parseQuery } from "./parse.ts";
import type { Schema } from "./schema.ts";
import { volatileLiteral } from "./volatile.ts";

const column = (type: string, family: "base" | "enum" | "opaque" = "base") =>
  ({ type, family, notNull: false, plainCollation: true, exact: true, generated: "no" }) as const;

const schema: Schema = new Map([
  [
    "public.todos",
    {
      kind: "table",
      columns: new Map([
        ["title", column("text")],
        ["due", column("timestamptz")],
        ["day", column("birthday", "opaque")],
        ["state", column("state", "enum")],
      ]),
      keys: [],
      foreignKeys: [],
      descendants: [],
      computed: new Map(),
      handlers: [],
      origins: new Map(),
      ancestors: [],
    },
  ],
]);

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
  "during=cs.[now,tomorrow)",
  "select=title::timestamp",
])("%s moves with the clock", (search) => {
  expect(volatileLiteral(parseQuery("todos", search), schema)).toBeDefined();
});

test.each([
  "due=lt.2024-01-01",
  "due=lt.infinity",
  "title=eq.now",
  "state=eq.today",
  "data->>due=eq.now",
  "anything=like.*now*",
  "anything=fts.now",
  "unknown=eq.nowadays",
  "select=due::date",
])("%s does not", (search) => {
  expect(volatileLiteral(parseQuery("todos", search), schema)).toBeUndefined();
});

test("without a schema every column could be a date", () => {
  expect(volatileLiteral(parseQuery("todos", "title=eq.now"))).toBe("now");
});
