import { expect, test } from "vitest";
import { and, FALSE, NULL, not, or, TRUE } from "./ternary.ts";

const single = [TRUE, FALSE, NULL];
const members = (set: number) => single.filter((outcome) => (set & outcome) !== 0);

/** SQL's own tables, one value at a time. */
const sqlAnd = (a: number, b: number) =>
  a === FALSE || b === FALSE ? FALSE : a === TRUE && b === TRUE ? TRUE : NULL;
const sqlOr = (a: number, b: number) =>
  a === TRUE || b === TRUE ? TRUE : a === FALSE && b === FALSE ? FALSE : NULL;
const sqlNot = (a: number) => (a === TRUE ? FALSE : a === FALSE ? TRUE : NULL);

test("I7. sets of outcomes combine to exactly the outcomes of all choices of their members", () => {
  for (let a = 1; a <= 7; a += 1) {
    expect(not(a)).toBe(members(a).reduce((set, one) => set | sqlNot(one), 0));
    for (let b = 1; b <= 7; b += 1) {
      const all = (combine: (x: number, y: number) => number) =>
        members(a).reduce((set, x) => members(b).reduce((inner, y) => inner | combine(x, y), set), 0);
      expect(and(a, b)).toBe(all(sqlAnd));
      expect(or(a, b)).toBe(all(sqlOr));
    }
  }
});
