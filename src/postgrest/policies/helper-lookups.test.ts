import { describe, expect, test } from "vitest";
import type { Helper } from "../schema/schema.ts";
import { claimFunctions } from "./claim-readers.ts";
import { helperLookups } from "./helper-lookups.ts";

const UID = "select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid";
const functions = claimFunctions([
  { culprit: "", text: "", readers: 0, functions: new Map([["auth.uid", UID]]) },
]);

const helper = (name: string, parameters: readonly string[], statement: string): Helper => ({
  ...{ name, parameters },
  body: `BEGIN ATOMIC\n ${statement};\nEND`,
});

const HAS_ROLE = helper(
  "public.has_role",
  ["who", "what"],
  "SELECT (EXISTS ( SELECT\n FROM public.user_roles\n WHERE ((user_roles.user_id = has_role.who) AND (user_roles.role = has_role.what))))",
);
const ROLE_OF = helper(
  "public.role_of",
  [""],
  "SELECT m.role\n FROM public.members m\n WHERE (m.user_id = $1)\n ORDER BY m.id\n LIMIT 1",
);
const ADMIN = helper(
  "public.is_admin",
  ["whom"],
  "SELECT public.has_role(is_admin.whom, 'admin'::public.app_role)",
);

/** "relation: columns that its rows are compared in" of each lookup. */
function found(policy: string, ...helpers: readonly Helper[]) {
  const columns = (each: object) => ("column" in each ? each.column : JSON.stringify(each));
  return helperLookups([policy], helpers, functions)?.map(
    ({ relation, influence, where }) => `${influence} ${relation}: ${where.map(columns).join(", ")}`,
  );
}

describe("what a policy hands to a function narrows what that looks up", () => {
  test.each<[string, string, readonly Helper[], readonly string[]]>([
    [
      "claims and constants",
      "public.has_role(auth.uid(), 'admin'::public.app_role)",
      [HAS_ROLE],
      ["decides public.user_roles: user_id, role"],
    ],
    [
      "a column is not known",
      "public.has_role(owner, 'admin'::public.app_role)",
      [HAS_ROLE],
      ["decides public.user_roles: role"],
    ],
    [
      "each call by itself",
      "(public.has_role(auth.uid(), role) OR public.has_role(owner, role))",
      [HAS_ROLE],
      ["decides public.user_roles: user_id", "decides public.user_roles: "],
    ],
    [
      "on to the functions that it calls",
      "public.is_admin(( SELECT auth.uid() AS uid))",
      [ADMIN, HAS_ROLE],
      ["decides public.user_roles: user_id, role"],
    ],
    ["by its number", "(public.role_of(auth.uid()) = role)", [ROLE_OF], ["decides public.members: user_id"]],
    [
      "in the arguments of others",
      "f(public.role_of(auth.uid()), x)",
      [ROLE_OF],
      ["decides public.members: user_id"],
    ],
    [
      "a relation called like the function hides its parameters",
      "public.has_role(auth.uid(), role)",
      [
        helper(
          "public.has_role",
          ["who", "what"],
          "SELECT 1\n FROM public.user_roles has_role\n WHERE (has_role.user_id = has_role.who)",
        ),
      ],
      ["decides public.user_roles: "],
    ],
    [
      "all parts of a union, and nested subqueries",
      "(team_id IN ( SELECT public.teams_of(auth.uid()) AS teams_of))",
      [
        helper(
          "public.teams_of",
          ["who"],
          "SELECT m.team_id\n FROM public.members m\n WHERE (m.user_id = teams_of.who)\nUNION ALL\n SELECT t.id\n FROM public.teams t\n WHERE ((t.owner = teams_of.who) AND (t.id IN ( SELECT o.team_id\n FROM public.open o\n WHERE (o.who = teams_of.who))))",
        ),
      ],
      ["decides public.members: user_id", "decides public.teams: owner", "decides public.open: who"],
    ],
  ])("%s", (_, policy, helpers, lookups) => {
    expect(found(policy, ...helpers)).toEqual(lookups);
  });
});

describe("any row may matter to a function", () => {
  const body = (statement: string) => helper("public.f", [], statement);

  test.each<[string, string, readonly Helper[]]>([
    ["that something else calls", "true", [ROLE_OF]],
    [
      "called with arguments that its parameters do not tell apart",
      "public.role_of(auth.uid(), 1)",
      [ROLE_OF],
    ],
    ["that calls itself", "public.f()", [body("SELECT public.f()")]],
    [
      "with a common table expression",
      "public.f()",
      [body("WITH x AS ( SELECT 1 FROM public.t) SELECT 1 FROM x")],
    ],
    [
      "with an outer join",
      "public.f()",
      [body("SELECT 1 FROM (public.t LEFT JOIN public.u ON ((u.id = t.id)))")],
    ],
    ["whose policy is not read", "public.f(", [body("SELECT 1")]],
  ])("%s", (_, policy, helpers) => {
    expect(found(policy, ...helpers)).toBeUndefined();
  });
});
