import { describe, expect, it } from "vitest";
import { Random } from "../../../../testing/random.ts";
import {
  bodyArguments,
  canonicalBody,
  postedSearch,
  printArguments,
  splitCall,
} from "../../query/parse-call.ts";
import { placesIn } from "../../query/places.ts";

describe("the body of a call", () => {
  it.each([
    ['{"b": 1, "a": "x"}', '{"a":"x","b":1}'],
    [' {\n"a"\t: [ 1 , 2 ] } ', '{"a":[ 1 , 2 ]}'],
    ['{"\\u0061":1.00,"b":{"z":1,"y":2,"z":3}}', '{"a":1.00,"b":{"z":1,"y":2,"z":3}}'],
    ['{"n":12345678901234567890,"f":-0.0,"e":1e400}', '{"e":1e400,"f":-0.0,"n":12345678901234567890}'],
    ['{"__proto__":1,"constructor":2}', '{"__proto__":1,"constructor":2}'],
    ['{"a":"\\ud800"}', '{"a":"\\ud800"}'],
    ["{}", "{}"],
  ])("I4. %s is %s", (body, canonical) => {
    expect(canonicalBody(body)).toBe(canonical);
  });

  it.each([
    ...[
      "",
      " ",
      "null",
      "1",
      '"a"',
      "[]",
      '[{"a":1}]',
      "{",
      '{"a":1',
      '{"a":1}x',
      '{"a":NaN}',
      "{a:1}",
      '{"a":1,}',
    ],
    ...['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a\\u0000":1}', '{"a\\ud800":1}', '\ufeff{"a":1}'],
    `{"a":${"[".repeat(100)}${"]".repeat(100)}}`,
  ])("I9. is left to PostgREST: %s", (body) => {
    expect(canonicalBody(body)).toBeUndefined();
  });

  it("I4. is the same for every order of its members, and never for other values", () => {
    const random = Random.spread(4);
    const value = (depth: number): string => {
      const kinds = depth > 2 ? 4 : 6;
      switch (random.below(kinds)) {
        case 0:
          return random.pick(["1", "1.0", "1.00", "-0", "10", "1e1", "9007199254740993"]);
        case 1:
          return JSON.stringify(random.pick(["", "a", "é", '"', "\\", "a\nb", "{", "}", ",", ":"]));
        case 2:
          return random.pick(["true", "false", "null"]);
        case 3:
          return '"\\u00e9"';
        case 4:
          return `[${[1, 2].map(() => value(depth + 1)).join(random.pick([",", " , "]))}]`;
        default:
          return `{"k":${value(depth + 1)},"j": ${value(depth + 1)}}`;
      }
    };
    const seen = new Map<string, string>();
    for (let count = 0; count < 3_000; count += 1) {
      const members = ["a", "b", "é", "c d"]
        .slice(0, random.below(5))
        .map((name) => [name, value(0)] as const);
      const print = (all: readonly (readonly [string, string])[]) =>
        `{${all.map(([name, text]) => `${JSON.stringify(name)} :${text}`).join(", ")}}`;
      const canonical = canonicalBody(print(random.shuffled(members)));
      expect(canonical).toBe(canonicalBody(print(members)));
      const said = bodyArguments(canonical ?? "").map(([name, text]) => `${name}=${text}`);
      expect(said.toSorted()).toEqual(members.map(([name, text]) => `${name}=${text}`).toSorted());
      expect(seen.get(canonical ?? "") ?? said.join()).toBe(said.join());
      seen.set(canonical ?? "", said.join());
    }
  });
});

describe("the query of a call by GET", () => {
  it("I4. is arguments, by name, and filters as they came", () => {
    const split = splitCall("term=a%20b&id=gt.1&select=id&n=2&term=c+d&authors.name=eq.x&order=id");
    expect(split).toEqual({
      arguments: [
        ["n", "2"],
        ["term", "a b"],
        ["term", "c d"],
      ],
      search: "id=gt.1&select=id&authors.name=eq.x&order=id",
    });
    expect(printArguments(split.arguments)).toBe("n=2&term=a%20b&term=c%20d");
  });

  it.each([
    ["a=eq", true],
    ["a=equal.1", true],
    ["a=like", true],
    ["a=.eq.1", true],
    ["a=", true],
    ["a=eq.1", false],
    ["a=not.eq.1", false],
    ["a=in.(1,2)", false],
    ["a=like(any).{a}", false],
    ["a=fts(english).x", false],
    ["a=isdistinct.1", false],
    ["order=1", false],
    ["a.b=1", false],
    ["a->b=1", false],
    ["%22a%22=1", false],
    ["select=1", false],
  ])("I4. %s: an argument is %s", (pair, isArgument) => {
    expect(splitCall(pair).arguments.length > 0).toBe(isArgument);
  });

  it.each(["a=not.x", "a=is.odd", "a=in.1", "a=eq(all)x", "a=%ff", "a=b%00"])(
    "I9. %s, which begins like a filter or cannot be read, is left to PostgREST",
    (pair) => {
      expect(() => splitCall(pair)).toThrow();
    },
  );

  it("I9. columns of a body are left to PostgREST", () => {
    expect(() => postedSearch("select=id&columns=a")).toThrow();
    expect(() => postedSearch("c%6flumns=a")).toThrow();
    expect(postedSearch("select=id&order=id")).toBe("select=id&order=id");
  });
});

describe("a filter with places for arguments", () => {
  it.each(["category=eq.{category}", "id=gte.{least}&published=is.true", "or=(a.eq.1,b.eq.{b})"])(
    "%s",
    (filter) => {
      expect(placesIn(filter).wrong).toBeNull();
    },
  );

  it.each([
    "",
    "order=id",
    "select=id",
    "a=eq.1&limit=3",
    "a=eq.x{b}",
    "a=like.{b}",
    "a=in.({b})",
    "a=eq.{b.c}",
  ])("is none: %s", (filter) => {
    expect(placesIn(filter).wrong).not.toBeNull();
  });
});
