import { describe, expect, test } from "vitest";
import { evaluateClaim, mayBeRefused } from "../claims/expression.ts";
import { claimsIn } from "../testing/claims-in.ts";
import { claimFunctions, claimsOf } from "./claim-readers.ts";

const UID =
  "select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid";
const JWT =
  "select coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb";

const source = (text: string, readers: number, more: Record<string, string> = {}) => ({
  ...{ culprit: "policy p on public.t", text, readers },
  functions: new Map(Object.entries({ "auth.uid": UID, "auth.jwt": JWT, ...more })),
});
const claims = (text: string, readers: number, more?: Record<string, string>) =>
  claimsOf(source(text, readers, more));

describe("S5. claims in SQL as Postgres prints it", () => {
  test.each<[string, number, readonly (readonly string[])[]]>([
    ["true", 0, []],
    ["(x = lower((auth.uid())::text))", 1, [["sub"]]],
    ["f((auth.jwt() ->> 'a'::text), auth.uid())", 2, [["a"], ["sub"]]],
    ["((auth.jwt() -> 'a'::text) ? x)", 1, [["a"]]],
    ["((auth.jwt() -> 'a'::text) -> k)", 1, [["a"]]],
    ["((auth.jwt() #>> '{a,b}'::text[]) = x)", 1, [["a", "b"]]],
    ["((auth.jwt() -> 'teams'::text) ->> 0)", 1, [["teams"]]],
    // To `#>` it may be an index, to `->` it is a key.
    ["((auth.jwt() -> 'teams'::text) ->> '0'::text)", 1, [["teams"]]],
    [" SELECT t.id,\n    auth.uid() AS me,\n    'auth.jwt()'::text AS txt\n   FROM public.t;", 1, [["sub"]]],
    ["(auth.jwt() || '{}'::jsonb)", 1, [[]]],
    ["(auth.jwt() ? 'x'::text)", 1, [[]]],
    ["(current_setting('request.jwt.claims'::text, true) ~~ '%x%'::text)", 1, [[]]],
    ["BEGIN ATOMIC\n SELECT ($1 = auth.uid());\nEND", 1, [["sub"]]],
    ["(auth.jwt() -> key)", 1, [[]]],
  ])("%s", (text, readers, paths) => {
    expect(claims(text, readers)).toEqual(paths);
  });

  test.each<[string, number, Record<string, string>]>([
    ["(auth.uid() = x)", 2, {}],
    ["(auth.uid(1) = x)", 1, {}],
    ["(current_setting(('request.jwt.'::text || 'claims'::text), true) = x)", 1, {}],
    ["(auth.other() = x)", 1, {}],
    ["", 1, {}],
    ["(unfinished", 1, {}],
    ["(x = 'auth.uid()'::text)", 1, {}],
    ["(auth.odd() = x)", 1, { "auth.odd": "select current_setting('request.jwt.claims', true) 'x'" }],
    ['("auth.x".y() = x)', 1, { '"auth.x".y': UID }],
  ])("%s reads claims in a way that is not understood", (text, readers, more) => {
    expect(claims(text, readers, more)).toBeUndefined();
  });
});

describe("S5. a function's body says which claims it takes", () => {
  const paths = (body: string) => claims("(private.f() = x)", 1, { "private.f": body });

  test.each<[string, readonly (readonly string[])[] | undefined]>([
    [UID, [["sub"]]],
    [JWT, [[]]],
    ["SELECT NULLIF(CURRENT_SETTING('request.jwt.claims', TRUE), '')::json->>'org' AS org;", [["org"]]],
    [
      "select (nullif(current_setting('request.jwt.claims'::text, true), '')::jsonb -> 'a' ->> 'b')::text",
      [["a", "b"]],
    ],
    [
      "select coalesce(current_setting('request.jwt.claims', true)::jsonb ->> 'a', current_setting('request.jwt.claims', true)::jsonb ->> 'b')",
      [["a"], ["b"]],
    ],
    ["select current_setting('request.jwt.claim.sub', true)", [["sub"]]],
    ["select ''", []],
    ["select current_setting('request.jwt.claims.sub', true)", undefined],
    ["select current_setting('request.jwt.claims', true)::jsonb ->> 'a' 'b'", undefined],
    ["select 'a', current_setting('request.jwt.claims', true)", undefined],
  ])("%s", (body, expected) => {
    expect(paths(body)).toEqual(expected);
  });

  test("one name with two bodies is not believed", () => {
    const two = [source("", 0), source("", 0, { "auth.uid": JWT })];
    expect([...claimFunctions(two).keys()]).toEqual(["auth.jwt"]);
  });
});

describe("the value of a claim is taken only where it is certain", () => {
  const value = (body: string, token: object, paths: readonly (readonly string[])[] = [["a"], ["sub"]]) => {
    const found = claimFunctions([source("", 0, { "private.f": body })]).get("private.f");
    return found && evaluateClaim(found, claimsIn(token, paths))?.text;
  };
  const of = (type: string) => `select (current_setting('request.jwt.claims', true)::jsonb ->> 'a')::${type}`;
  const id = "A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11";

  test.each<[string, unknown, string | null | undefined]>([
    ["text", "x", "x"],
    ["text", 'a"\\é😀', 'a"\\é😀'],
    ["text", null, null],
    ["text", 7, "7"],
    ["text", true, "true"],
    ["text", 1.5, undefined],
    ["text", 1e21, undefined],
    ["text", ["x"], undefined],
    ["text", "x ", undefined],
    ["text", "é".repeat(32), undefined],
    ["text", "a\u0000", undefined],
    ["uuid", id, id.toLowerCase()],
    ["uuid", "user_2ab", undefined],
    ["uuid", "", undefined],
    ["bigint", "007", "7"],
    ["bigint", "9223372036854775808", undefined],
    ["integer", "2147483648", undefined],
    ["integer", "2147483647", "2147483647"],
    ["integer", "7x", undefined],
    ["boolean", true, "true"],
    ["boolean", "yes", undefined],
    ["public.mood", "sad", undefined],
  ])("as %s, %j", (type, claim, expected) => {
    expect(value(of(type), { a: claim })).toBe(expected);
  });

  test("a missing claim is NULL, and one that was not asked for is not known", () => {
    expect(value(of("text"), {})).toBe(null);
    expect(value(UID, {})).toBe(null);
    expect(value(UID, { sub: id })).toBe(id.toLowerCase());
    expect(value(of("text"), { a: "x" }, [])).toBeUndefined();
  });
});

test("a claim that its type may not take may be refused, unless it was not asked for", () => {
  const found = claimFunctions([source("", 0)]).get("auth.uid");
  const refused = (token: object, paths = [["sub"]]) => found && mayBeRefused(found, claimsIn(token, paths));
  expect(refused({ sub: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" })).toBe(false);
  expect(refused({})).toBe(false);
  expect(refused({ sub: "user_2ab" })).toBe(true);
  expect(refused({ sub: 5 })).toBe(true);
  expect(refused({ sub: "user_2ab" }, [])).toBe(false);
  expect(found && evaluateClaim(found, claimsIn({ sub: "user_2ab" }, [["sub"]]))).toBeUndefined();
});
