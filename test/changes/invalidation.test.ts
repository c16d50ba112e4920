import { expect, it } from "vitest";
import { compare } from "../../bench/questions/invalidation/comparison.ts";

// The long form, with 300 queries and 500 changes: node bench/run.ts invalidation
it("I7. after each change every answer is the origin's, with hardly more requests than a clairvoyant needs", async () => {
  const { wrong, clairvoyant, precise, tables } = await compare(120, 12, 7);
  expect(wrong).toEqual([]);
  expect(clairvoyant).toBeGreaterThan(0);
  expect(precise).toBeLessThanOrEqual(Math.ceil(1.2 * clairvoyant));
  expect(tables).toBeGreaterThan(5 * precise);
});
