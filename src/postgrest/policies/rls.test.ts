import { describe, expect, test } from "vitest";
import type { PolicyLookup } from "./lookup.ts";
import { parsePolicy } from "./rls.ts";

// As Postgres prints them; `schema.test.ts` reads them from Postgres, and soundness.test.ts tests the results.

const lookups = (policy: string) => parsePolicy(policy, "posts")?.lookups.map(short);

function short({ relation, influence, where, isExact, joins }: PolicyLookup): string {
  const joined = joins.map(({ column, parentColumn }) => `${column}=${parentColumn}`);
  return [
    influence,
    relation,
    `${where.length} conditions`,
    ...(isExact ? [] : ["and more"]),
    ...joined,
  ].join(", ");
}

describe("subqueries that are understood", () => {
  test.each([
    [
      "((score < 4) OR (EXISTS ( SELECT\n   FROM public.users u\n  WHERE ((u.id = posts.user_id) AND (u.rank > 2)))))",
      "admits, public.users, 1 conditions, id=user_id",
    ],
    [
      "(EXISTS ( SELECT 1\n   FROM public.users\n  WHERE ((posts.user_id = users.id) AND users.active)))",
      "admits, public.users, 1 conditions, id=user_id",
    ],
    [
      '(NOT (EXISTS ( SELECT 1\n   FROM public."Users" u\n  WHERE ((u.id = posts.user_id) AND (u.rank = ANY (ARRAY[1, 2]))))))',
      "expels, public.Users, 1 conditions, id=user_id",
    ],
    [
      "(user_id IN ( SELECT users.id\n   FROM public.users\n  WHERE ((users.name = 'x''y)'::text) AND (users.rank IS DISTINCT FROM 7))))",
      "admits, public.users, 2 conditions, id=user_id",
    ],
    [
      "(user_id IN ( SELECT users.id\n   FROM public.users))",
      "admits, public.users, 0 conditions, id=user_id",
    ],
    [
      "(EXISTS ( SELECT\n   FROM public.users u\n  WHERE ((u.id = posts.user_id) AND (lower(u.name) = 'x'::text))))",
      "admits, public.users, 0 conditions, and more, id=user_id",
    ],
    [
      "(EXISTS ( SELECT\n   FROM public.users u\n  WHERE ((u.id = posts.user_id) AND ((u.rank > 2) OR (u.rank < u.id)))))",
      "admits, public.users, 0 conditions, and more, id=user_id",
    ],
    [
      "(EXISTS ( SELECT\n   FROM public.users u\n  WHERE (u.born > '2024-01-01 00:00:00+00'::timestamp with time zone)))",
      "admits, public.users, 0 conditions, and more",
    ],
    [
      "(EXISTS ( SELECT\n   FROM public.users u\n  WHERE (u.ratio = '0.1'::double precision)))",
      "admits, public.users, 0 conditions, and more",
    ],
  ])("%s", (policy, lookup) => {
    expect(lookups(policy)).toEqual([lookup]);
  });
});

describe("policies that read a relation in an unknown way are not parsed at all", () => {
  test.each([
    // One null in the list makes it null for all.
    "(NOT (user_id IN ( SELECT users.id\n   FROM public.users)))",
    "(user_id <> ALL ( SELECT users.id\n   FROM public.users))",
    "(( SELECT count(*) AS count\n   FROM public.users) > 3)",
    "(EXISTS ( SELECT 1\n   FROM (public.users u\n     JOIN public.tags t ON ((t.id = u.id)))\n  WHERE (u.id = posts.user_id)))",
    "(EXISTS ( SELECT 1\n   FROM public.users u,\n    public.tags t\n  WHERE (u.id = posts.user_id)))",
    "(EXISTS ( SELECT 1\n   FROM public.users u\n  WHERE (u.id = posts.user_id)\n  GROUP BY u.id\n HAVING (count(*) > 1)))",
    "(EXISTS ( SELECT 1\n   FROM public.users u\n  WHERE (u.id = posts.user_id)\n OFFSET 1))",
    "(EXISTS ( SELECT generate_series(1, u.rank) AS generate_series\n   FROM public.users u))",
    "(EXISTS ( SELECT 1\n   FROM public.users u\n  WHERE (u.id IN ( SELECT tags.id\n   FROM public.tags))))",
    "(EXISTS ( SELECT 1\n   FROM users u))",
    "(user_id = ANY (ARRAY( SELECT users.id\n   FROM public.users)))",
    "(((EXISTS ( SELECT 1\n   FROM public.users u\n  WHERE (u.id = posts.user_id)))) = false)",
    "(unfinished",
  ])("%s", (policy) => {
    expect(parsePolicy(policy, "posts")).toBeUndefined();
  });
});

describe("what a policy requires of the row itself", () => {
  test("conditions are parsed; of anything else only the names are kept", () => {
    const reading = parsePolicy(
      "(published AND (score IS DISTINCT FROM 7) AND (lower(title) = 'x'::text) AND (( SELECT auth.uid() AS uid) = owner))",
      "posts",
    );
    expect(reading?.conditions).toHaveLength(2);
    expect([...(reading?.names ?? [])]).toEqual(expect.arrayContaining(["title", "owner"]));
    expect(reading?.names.has("score")).toBe(false);
  });
  test("columns that a lookup joins by are among the names", () => {
    const policy = "(EXISTS ( SELECT 1\n   FROM public.users u\n  WHERE (u.id = posts.user_id)))";
    expect(parsePolicy(policy, "posts")?.names.has("user_id")).toBe(true);
  });
  test("true and false are no columns", () => {
    expect(parsePolicy("true", "posts")?.asked).toEqual({ kind: "and", negated: false, conditions: [] });
    expect(parsePolicy("false", "posts")?.asked).toEqual({ kind: "or", negated: false, conditions: [] });
  });
});
