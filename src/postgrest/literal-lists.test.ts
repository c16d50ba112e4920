import { expect, test } from "vitest";
import { listOf, listsBytes } from "./literal-lists.ts";

const literal = (n: number, count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, at) => String(n * count + at)));

test("11. lists are kept by their bytes, however long and however many they are", () => {
  for (let n = 0; n < 200; n++) {
    expect(listOf(literal(n, 1_000))).toHaveLength(1_000);
    expect(listsBytes()).toBeLessThanOrEqual(2 * 1024 * 1024);
  }
});

test("a list that is kept is not read again, and one that is too long is read all the same", () => {
  expect(listOf(literal(1, 10))).toBe(listOf(literal(1, 10)));
  expect(listOf(literal(1, 100_000))).toHaveLength(100_000);
});
