import { expect, test } from "vitest";
import { Meter } from "./meter.ts";
import { listOf, MAX_PREPARED_BYTES, patternOf, preparedBytes } from "./prepared.ts";

const literal = (n: number, count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, at) => String(n * count + at)));

test("I11. parsed literals are kept up to a cap on bytes, however long and however many they are", () => {
  for (let n = 0; n < 500; n++) {
    expect(listOf(literal(n, 1_000), new Meter())).toHaveLength(1_000);
    expect(patternOf(`%${n}${"_x".repeat(2_000)}`, false, new Meter())).toBeDefined();
    expect(preparedBytes()).toBeLessThanOrEqual(MAX_PREPARED_BYTES);
  }
});

test("a kept list is not parsed again, and a very long one is still parsed", () => {
  expect(listOf(literal(1, 10), new Meter())).toBe(listOf(literal(1, 10), new Meter()));
  expect(listOf(literal(1, 100_000), new Meter())).toHaveLength(100_000);
});
