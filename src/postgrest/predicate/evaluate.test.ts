import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blog } from "../../../testing/blog/schema.ts";
import { parseQuery } from "../query/parse.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import { evaluate } from "./evaluate.ts";
import { like, parsePattern } from "./like.ts";
import { Meter } from "./meter.ts";
import { FALSE, NULL, TRUE, UNKNOWN } from "./ternary.ts";

/** Which of true, false and null the filter may yield for this JSON value of its column. */
function outcomes(filter: string, source: string, relation = "public.posts"): string {
  const compiler = new ConditionCompiler();
  const [condition] = parseQuery("posts", filter).root.where;
  if (condition?.kind !== "filter") throw new Error(filter);
  const shape = [compiler.compile(condition, blog.get(relation), new Set())];
  const set = evaluate(shape, compiler.literals, { [condition.field.column]: source });
  return (set & TRUE ? "t" : "") + (set & FALSE ? "f" : "") + (set & NULL ? "n" : "");
}

const decided: readonly (readonly [string, string, string])[] = [
  ["id=eq.9007199254740993", "9007199254740993", "t"],
  ["id=eq.9007199254740993", "9007199254740992", "f"],
  ["id=gt.5", "null", "n"],
  ["id=not.gt.5", "null", "n"],
  ["id=in.(1,2)", "3", "f"],
  ["id=in.()", "null", "f"],
  ["id=not.in.(1,2)", "2", "f"],
  ["id=eq(any).{1,NULL}", "2", "n"],
  ["id=eq(all).{}", "null", "t"],
  ["id=isdistinct.5", "null", "t"],
  ["id=not.isdistinct.5", "5", "t"],
  ["score=eq.1.0", "1.00", "t"],
  ["score=gt.1", '"NaN"', "t"],
  ["score=eq.inf", '"Infinity"', "t"],
  ["ratio=lt.NaN", '"Infinity"', "t"],
  ["ratio=eq.NaN", '"NaN"', "t"],
  ["score=lt.0.3", "0.29999999999999999999999", "t"],
  ["ratio=eq.0.10", "0.1", "t"],
  ["title=eq.a%20", '"a"', "f"],
  ["title=like.*b*", '"abc"', "t"],
  ["title=like.a_c", '"a😀c"', "t"],
  ["title=ilike.ABC", '"abc"', "t"],
  ["title=gt.a", '"a"', "f"],
  ["at=gte.2024-01-01T00:00:00Z", '"2024-01-01T05:30:00+05:30"', "t"],
  ["at=lt.infinity", '"2024-01-01T00:00:00+00:00"', "t"],
  ["at=lt.2024-01-01", '"2023-12-24T00:00:00+00:00"', "t"],
  ["ref=eq.A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', "t"],
  ["mood=neq.sad", '"ok"', "t"],
  ["meta->>a=eq.1", '{"a": 1}', "t"],
  ["meta->a=eq.1.0", '{"a": 1}', "t"],
  ["meta->b->>c=is.null", '{"b": {}}', "t"],
  ["meta->0=eq.1", "1", "t"],
  ['meta=cs.{"a":[1]}', '{"a": [2, 1.0], "b": 1}', "t"],
  ["labels=cs.{a}", '["a", null]', "t"],
  ["labels=cd.{a,b}", '["a", null]', "f"],
  ["labels=ov.{c}", "[]", "f"],
  ["labels=eq.{a}", '["b"]', "f"],
  ["labels=isdistinct.{a}", '["a", null]', "t"],
  ["labels=neq.{}", "[]", "f"],
  ["views=is.null", "null", "t"],
  ["mail=is.not_null", '"x"', "t"],
];

const undecided: readonly (readonly [string, string, string])[] = [
  ["title=gt.a", '"b"', "tf"],
  ["title=ilike.é", '"É"', "tf"],
  ["title=match.a", '"a"', "tfn"],
  ["mood=gt.ok", '"sad"', "tf"],
  ["at=lt.2024-01-01", '"2024-01-01T03:00:00+00:00"', "tf"],
  ["mail=eq.x", '"y"', "tfn"],
  ["meta=is.null", "null", "tfn"],
  ["meta->>a=eq.x", '{"a": {"b": 1}}', "tfn"],
  ["other=eq.1", "2", "tfn"],
  // A session's time zone may be a week off.
  ["at=gte.2020-01-08T00:00:00", '"2020-01-01T00:00:00+00:00"', "tf"],
  // Equal elements, but maybe not from 1 on.
  ["labels=eq.{a}", '["a"]', "tf"],
  ["labels=neq.{a}", '["a"]', "tf"],
  ["labels=isdistinct.{a}", '["a"]', "tf"],
  ["labels=in.(%22{a}%22,%22{b}%22)", '["a"]', "tf"],
  ["labels=cs.{a}", '"[0:0]={a}"', "tfn"],
];

describe("I7. filters evaluate as Postgres would, or return unknown", () => {
  test.each([...decided, ...undecided])("%s on %s → %s", (filter, source, expected) => {
    expect(outcomes(filter, source)).toBe(expected);
  });

  test.each([
    ["id=eq.5", "7", "f"],
    ["id=eq.5", "5", "t"],
    ["id=eq.5", "5.0", "tf"],
    ["id=gt.5", "7", "t"],
    ["id=eq.5", '"x"', "tf"],
    ["name=eq.a", '"b"', "tf"],
    ["ok=eq.true", "false", "f"],
    ["ref=eq.a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"', "f"],
    ["data->a=eq.1", '{"a": 2}', "tfn"],
    ["id=is.null", "5", "f"],
    ["id=is.null", "null", "tfn"],
    ["ok=eq.0", "false", "tf"],
    ["code=neq.a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"', "tf"],
    ["code=eq.a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', "t"],
    ["code=eq.00000000000000000000000000000001", "1", "tf"],
    ["tags=eq.{a}", '["a"]', "tf"],
  ])("without a schema: %s on %s → %s", (filter, source, expected) => {
    expect(outcomes(filter, source, "public.unknown")).toBe(expected);
  });
});

test.each([
  ["eq", "{1,2}", "[1, 2]", TRUE],
  ["eq", "{1,2}", "[2, 1]", FALSE],
  ["neq", "{1,2}", "[1, 2]", FALSE],
  ["isdistinct", "{1,2}", "[1, 2]", FALSE],
  ["cs", "{1}", "[1, 2]", TRUE],
  ["eq", "{1,2}", '"[0:1]={1,2}"', UNKNOWN],
  ["cs", "{1}", '"[0:1]={1,2}"', UNKNOWN],
])("an array whose row image shows where it begins: %s.%s on %s", (operator, literal, source, expected) => {
  const shape = { kind: "filter", column: "v", path: [], type: "[]int4", negated: false } as const;
  expect(evaluate([{ ...shape, operator, slot: 0 }], [literal], { v: source })).toBe(expected);
});

const endsEscaped = (pattern: string) => /(^|[^\\])(\\\\)*\\$/.test(pattern);

function sourceOf(pattern: string): string {
  return pattern.replace(/\\?[\s\S]/gu, (token) => {
    if (token === "%") return "[\\s\\S]*";
    if (token === "_") return "[\\s\\S]";
    const literal = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
    return literal.replace(/[\\]/g, "\\\\");
  });
}

test.each([
  ["short", ["a", "b", "%", "_", "\\", "é", "😀"], 8, 8],
  // Long enough that trying each position of the text would be too slow.
  ["long", ["a", "a", "a", "b"], 60, 40],
  ["long and wild", ["a", "a", "a", "a", "a", "a", "a", "a", "b", "_", "%", "😀"], 60, 30],
] as const)(
  "like agrees with a regular expression that means the same: %s",
  (_name, letters, value, pattern) => {
    const characters = fc.constantFrom(...letters);
    fc.assert(
      fc.property(
        fc.array(characters, { maxLength: value }),
        fc.array(characters, { maxLength: pattern }),
        fc.boolean(),
        (texts, patterns, isAnywhere) => {
          const text = isAnywhere ? `%${patterns.join("")}%` : patterns.join("");
          const expected = endsEscaped(text)
            ? undefined
            : new RegExp(`^${sourceOf(text)}$`, "u").test(texts.join(""));
          const parsed = parsePattern(text);
          expect(parsed && like(texts.join(""), parsed, new Meter())).toBe(expected);
        },
      ),
      { seed: 7, numRuns: 2_000 },
    );
  },
);
