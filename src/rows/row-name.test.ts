import { expect, it } from "vitest";
import { namesOfChange, RowSlots, rowName, tableName, wholeName } from "./row-name.ts";

const POSTS = "main.posts";
const FOLLOWED = ["id", "author_id"];
const own = (change: Parameters<typeof namesOfChange>[2]) => namesOfChange(POSTS, FOLLOWED, change);

it("R1. a change raises its table, and its rows before and after by each followed column", () => {
  const old = { id: "1", author_id: "7" };
  const record = { id: "1", author_id: "8" };
  const of = (id: number, author: number) => [rowName(POSTS, "id", id), rowName(POSTS, "author_id", author)];
  expect(own({ operation: "UPDATE", old, record })).toEqual([tableName(POSTS), ...of(1, 7), ...of(1, 8)]);
  expect(own({ operation: "INSERT", record })).toEqual([tableName(POSTS), ...of(1, 8)]);
  expect(own({ operation: "DELETE", old })).toEqual([tableName(POSTS), ...of(1, 7)]);
});

const told = { id: "1", author_id: "7" };

it.each([
  ["an image is missing", { operation: "UPDATE", record: told }],
  ["a followed column is missing", { operation: "INSERT", record: { id: "1" } }],
  ["a value is no JSON", { operation: "INSERT", record: { id: "1", author_id: "?" } }],
  ["a value is an object", { operation: "DELETE", old: { id: "1", author_id: "{}" } }],
  ["a text could not be told", { operation: "INSERT", record: { id: "1", author_id: '"a\uFFFD"' } }],
  ["a column is only in the prototype", { operation: "INSERT", record: Object.create(told) }],
] as const)("R3. all of the table, if %s", (_, change) => {
  expect(own(change)).toEqual([tableName(POSTS), wholeName(POSTS)]);
});

it("R1. tables have slots of their own, and a table that is not in the map has none", () => {
  const table = { columns: null, followed: [] };
  const map = { tables: { "main.b": table, "main.a": table }, unwatched: [], views: {}, schemas: ["main"] };
  const slots = new RowSlots(map);
  const names = ["main.a", "main.b"].flatMap((name) => [tableName(name), wholeName(name)]);
  const of = names.map((name) => slots.of(name));
  expect(new Set(of).size).toBe(4);
  expect(slots.count).toBe(65_536 + 4);
  expect(of.every((slot) => slot !== undefined && slot >= 65_536)).toBe(true);
  // Whatever the order in which the map lists them.
  const other = new RowSlots({ ...map, tables: { "main.a": table, "main.b": table } });
  expect(names.map((name) => other.of(name))).toEqual(of);
  expect(slots.of(tableName("main.c"))).toBeUndefined();
  expect(slots.of(rowName("main.a", "id", 1))).toBeLessThan(65_536);
});
