import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { audienceText, isPersonal } from "./audience-text.ts";
import { claimAt } from "./claim-at.ts";
import { reducedPaths } from "./claim-paths.ts";
import { type ClaimPath, pathText } from "./claims.ts";

const runs = { numRuns: 2_000, seed: 20_261_127 };

/** Names and values that collide as soon as something is not quoted, typed or counted. */
const step = fc.oneof(
  fc.constantFrom("a", "b", "1", "", ".", '"', "a,b", "1:a"),
  fc.string({ maxLength: 3 }),
);
const path = fc.array(step, { minLength: 1, maxLength: 3 });
const value = fc.oneof(
  fc.constantFrom(null, "1", '"1"', "null", '"null"', "1.0", "true", '"-"', "-"),
  fc.string({ maxLength: 4 }),
);
const told = fc.array(fc.tuple(path, value), { maxLength: 4 });
const role = fc.constantFrom("authenticated", "anon", "a", "1:a", "");

type Told = readonly (readonly [ClaimPath, string | null])[];

const mapOf = (pairs: Told) => new Map(pairs.map(([at, is]) => [pathText(at), is]));
const pathsOf = (pairs: Told) => pairs.map(([at]) => at);
/** Without order, and without repetition. */
const meaning = (name: string, pairs: Told) => JSON.stringify([name, [...mapOf(pairs)].sort()]);

describe("S6. the text of an audience", () => {
  test("is the same for the same role and claims only", () => {
    fc.assert(
      fc.property(role, told, role, told, (a, first, b, second) => {
        const texts = [
          audienceText(a, pathsOf(first), mapOf(first)),
          audienceText(b, pathsOf(second), mapOf(second)),
        ];
        expect(texts[0] === texts[1]).toBe(meaning(a, first) === meaning(b, second));
      }),
      runs,
    );
  });

  test("does not depend on the order of the paths, or on what else is known of the reader", () => {
    fc.assert(
      fc.property(role, told, told, (name, pairs, more) => {
        const claims = new Map([...mapOf(more), ...mapOf(pairs)]);
        const paths = pathsOf(pairs);
        expect(audienceText(name, [...paths].reverse(), claims)).toBe(
          audienceText(name, paths, mapOf(pairs)),
        );
      }),
      runs,
    );
  });

  test("tells a missing claim from every value, and a text from a number", () => {
    const values = [null, "null", '"null"', '""', "1", "1.0", '"1"'];
    const texts = values.map((is) => audienceText("r", [["a"]], new Map([['["a"]', is]])));
    expect(new Set(texts).size).toBe(values.length);
  });

  test("is not made up where a claim was not asked for", () => {
    expect(() => audienceText("r", [["a"]], new Map([['["b"]', "1"]]))).toThrow('the claim ["a"]');
    expect(() => audienceText("r", [["a", "0"]], new Map([['["a"]', "[1]"]]))).toThrow('the claim ["a","0"]');
  });
});

test("a claim is read out of the nearest one that contains it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), path, (token, at) => {
      const isIndex = at.some((each) => /^\s*[+-]?\d/.test(each));
      const found = claimAt(new Map([["[]", JSON.stringify(token)]]), at);
      let expected: unknown = token;
      for (const each of at) {
        const isObject = typeof expected === "object" && expected !== null && !Array.isArray(expected);
        expected = isObject
          ? Object.entries(expected as object).find(([name]) => name === each)?.[1]
          : undefined;
      }
      if (!isIndex) expect(found).toBe(expected === undefined ? null : JSON.stringify(expected));
    }),
    runs,
  );
});

test("paths inside others go, and the rest is in one order", () => {
  const paths = [["b", "c"], ["a"], ["b"], ["a", "x"], ["a"], ["ab"]];
  expect(reducedPaths(paths)).toEqual([["a"], ["ab"], ["b"]]);
});

describe("S9. an audience is a person's", () => {
  const claims = new Map([
    ['["role"]', '"authenticated"'],
    ['["sub"]', '"x"'],
    ['["aal"]', null],
  ]);

  test("unless nothing matters but the role, whose claim is its name", () => {
    expect(isPersonal("authenticated", [], claims)).toBe(false);
    expect(isPersonal("authenticated", [["role"]], claims)).toBe(false);
    expect(isPersonal("authenticated", [["role"]], new Map([['["role"]', '"\\u0061uthenticated"']]))).toBe(
      false,
    );
  });

  test("with any other claim, a missing one included, or another role in the claim", () => {
    expect(isPersonal("authenticated", [["sub"]], claims)).toBe(true);
    expect(isPersonal("authenticated", [["aal"]], claims)).toBe(true);
    expect(isPersonal("authenticated", [["role"], ["sub"]], claims)).toBe(true);
    expect(isPersonal("authenticated", [["role", "x"]], claims)).toBe(true);
    expect(isPersonal("other", [["role"]], claims)).toBe(true);
    expect(isPersonal("authenticated", [["role"]], new Map([['["role"]', null]]))).toBe(true);
  });
});
