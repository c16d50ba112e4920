import { expect, it } from "vitest";
import { namesOfChange, RowSlots, rowName, tableName, wholeName } from "./row-name.ts";

const POSTS = "main.posts";
const FOLLOWED = ["id", "author_id"];
const own = (change: Parameters<typeof namesOfChange>[2]) => namesOfChange(POSTS, FOLLOWED, change);

/** Of a row, for whoever reads any column, and for whoever reads followed ones only. */
const both = (of: (scope: "any" | "followed") => string) => [of("any"), of("followed")];

it("R1. a change raises its table, and its rows before and after by each followed column", () => {
  const old = { id: "1", author_id: "7" };
  const record = { id: "1", author_id: "8" };
  const of = (id: number, author: number) => [
    ...both((scope) => rowName(POSTS, "id", id, scope)),
    ...both((scope) => rowName(POSTS, "author_id", author, scope)),
  ];
  const table = both((scope) => tableName(POSTS, scope));
  expect(own({ operation: "UPDATE", old, record })).toEqual([...table, ...of(1, 7), ...of(1, 8)]);
  expect(own({ operation: "INSERT", record })).toEqual([...table, ...of(1, 8)]);
  expect(own({ operation: "DELETE", old })).toEqual([...table, ...of(1, 7)]);
});

const isFollowedChange = (before: string, after: string) =>
  own({
    operation: "UPDATE",
    old: { id: "1", author_id: before },
    record: { id: "1", author_id: after },
  }).includes(tableName(POSTS, "followed"));

it("R1. a change of other columns leaves alone who reads followed ones only", () => {
  for (const value of ["7", "null", "true", '"a text"', "1.5"])
    expect(isFollowedChange(value, value)).toBe(false);
  for (const [before, after] of [
    ["7", "8"],
    ["7", '"7"'],
    ["null", '""'],
    ['"Ada"', '"ADA"'],
  ] as const)
    expect(isFollowedChange(before, after)).toBe(true);
});

it.each(['"AB01"', '"1.0"', '"1e999"', '"Inf"', '"-Inf"', `"${"x".repeat(300)}"`])(
  "R4. a text that may be bytes, a number or cut off counts as changed: %s",
  (value) => {
    expect(isFollowedChange(value, value)).toBe(true);
  },
);

const told = { id: "1", author_id: "7" };

it.each([
  ["an image is missing", { operation: "UPDATE", record: told }],
  ["a followed column is missing", { operation: "INSERT", record: { id: "1" } }],
  ["a value is no JSON", { operation: "INSERT", record: { id: "1", author_id: "?" } }],
  ["a value is an object", { operation: "DELETE", old: { id: "1", author_id: "{}" } }],
  ["a text could not be told", { operation: "INSERT", record: { id: "1", author_id: '"a\uFFFD"' } }],
  ["a column is only in the prototype", { operation: "INSERT", record: Object.create(told) }],
] as const)("R3. all of the table, if %s", (_, change) => {
  expect(own(change)).toEqual([...both((scope) => tableName(POSTS, scope)), wholeName(POSTS)]);
});

it("R1. tables have slots of their own, and a table that is not in the map has none", () => {
  const table = { columns: null, followed: [] };
  const map = { tables: { "main.b": table, "main.a": table }, unwatched: [], views: {}, schemas: ["main"] };
  const slots = new RowSlots(map);
  const names = ["main.a", "main.b"].flatMap((name) => [
    tableName(name),
    tableName(name, "followed"),
    wholeName(name),
  ]);
  const of = names.map((name) => slots.of(name));
  expect(new Set(of).size).toBe(6);
  expect(slots.count).toBe(65_536 + 6);
  expect(of.every((slot) => slot !== undefined && slot >= 65_536)).toBe(true);
  // Whatever the order in which the map lists them.
  const other = new RowSlots({ ...map, tables: { "main.a": table, "main.b": table } });
  expect(names.map((name) => other.of(name))).toEqual(of);
  expect(slots.of(tableName("main.c"))).toBeUndefined();
  expect(slots.of(rowName("main.a", "id", 1))).toBeLessThan(65_536);
});
