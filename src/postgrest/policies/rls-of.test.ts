import { expect, test } from "vitest";
import type { ReaderClaims } from "../claims/claims.ts";
import type { Reads } from "../schema/schema.ts";
import { rlsOf } from "./rls-of.ts";

const UID = "select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid";

const readsOf = (...policies: readonly string[]): Reads => ({
  ...{ relations: new Map(), calls: new Map(), caveats: [], request: [] },
  policies: policies.map((using) => ({ using, permissive: true })),
  claims: policies.map((text) => ({
    ...{ culprit: "policy", text, readers: 1 },
    functions: new Map([["auth.uid", UID]]),
  })),
});
const readerOf = (sub: unknown): ReaderClaims => ({
  role: "authenticated",
  claims: new Map([['["sub"]', JSON.stringify(sub)]]),
});

const ANNA = "a0000000-0000-4000-8000-00000000000a";
const BERT = "b0000000-0000-4000-8000-00000000000b";

/** Columns that decide in ways that no condition tells. */
const names = (reads: Reads, reader: ReaderClaims | undefined) => [
  ...(rlsOf("public.docs", reads, reader)?.names ?? []),
];

test("I7. a column counts by itself wherever no condition says how it decides", () => {
  const own = readsOf("(owner = auth.uid())");
  expect(names(own, readerOf(ANNA))).toEqual([]);
  // Not a UUID, so perhaps an error.
  expect(names(own, readerOf("user_2ab"))).toEqual(["owner"]);
  expect(names(own, undefined)).toContain("owner");
  expect(names(readsOf("(auth.uid() = ANY (members))"), readerOf(ANNA))).toEqual([]);
  expect(names(readsOf("(NOT (auth.uid() = ANY (members)))"), readerOf(ANNA))).toEqual(["members"]);
});

test("S6. each reader has literals of their own, though policies are read once", () => {
  const reads = readsOf("(owner = auth.uid())");
  const owners = [ANNA, BERT, ANNA].map((sub) => {
    const [condition] = rlsOf("public.docs", reads, readerOf(sub))?.conditions ?? [];
    return condition?.kind === "filter" && condition.test;
  });
  expect(owners).toEqual([ANNA, BERT, ANNA].map((value) => ({ operator: "eq", value })));
  expect(rlsOf("public.docs", reads, undefined)?.conditions).toEqual([]);
});

test("I7. what a lookup asks is not all that is asked where a claim is not certain", () => {
  const reads = readsOf(
    "(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE ((m.doc = docs.id) AND (m.who = auth.uid()))))",
  );
  const isExact = (sub: unknown) => rlsOf("public.docs", reads, readerOf(sub))?.lookups[0]?.isExact;
  expect(isExact(ANNA)).toBe(true);
  expect(isExact("user_2ab")).toBe(false);
});
