import { expect, test } from "vitest";
import { evaluate } from "../predicate/evaluate.ts";
import { mayPass, mustPass } from "../predicate/ternary.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import { claimsIn } from "../testing/claims-in.ts";
import { claimFunctions } from "./claim-readers.ts";
import { resolved } from "./policy-condition.ts";
import { parsePolicy } from "./rls.ts";

const UID = "select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid";
const ROLE = "select current_setting('request.jwt.claims', true)::jsonb ->> 'role'";
const functions = claimFunctions([
  {
    culprit: "",
    text: "",
    readers: 0,
    functions: new Map([
      ["auth.uid", UID],
      ["auth.role", ROLE],
    ]),
  },
]);

const ANNA = "a0000000-0000-4000-8000-00000000000a";
const BERT = "b0000000-0000-4000-8000-00000000000b";

const column = (type: string) =>
  ({ type, family: "base", notNull: false, plainCollation: true, exact: true, generated: "no" }) as const;
const description = {
  ...({ kind: "table", keys: [], foreignKeys: [], descendants: [], ancestors: [], handlers: [] } as const),
  columns: new Map([
    ["owner", column("uuid")],
    ["shown", column("bool")],
    ["members", column("_uuid")],
  ]),
  ...{ computed: new Map(), origins: new Map() },
};

/** Whether a row passes a policy: surely, never, or perhaps. */
function passes(policy: string, token: object, row: { owner?: unknown; shown?: unknown; members?: unknown }) {
  const parsed = parsePolicy(policy, "docs", functions);
  if (parsed === undefined) throw new Error("not parsed");
  const claims = claimsIn(token, [["sub"], ["role"]]);
  const compiler = new ConditionCompiler();
  const condition = compiler.compile(resolved(parsed.asked, { role: "", claims }), description, new Set());
  const image = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, JSON.stringify(value)]));
  const outcome = evaluate([condition], compiler.literals, image);
  return mustPass(outcome) ? "surely" : mayPass(outcome) ? "perhaps" : "never";
}

const anna = { sub: ANNA, role: "authenticated" };

test.each<[string, object, object, string]>([
  ["(auth.uid() = owner)", anna, { owner: ANNA }, "surely"],
  ["(auth.uid() = owner)", anna, { owner: BERT }, "never"],
  ["(NOT (auth.uid() = owner))", anna, { owner: BERT }, "surely"],
  ["(NOT (auth.uid() = owner))", anna, { owner: null }, "never"],
  ["(auth.uid() <> owner)", anna, { owner: null }, "never"],
  ["(auth.uid() IS DISTINCT FROM owner)", anna, { owner: null }, "surely"],
  ["(owner IS NOT DISTINCT FROM auth.uid())", anna, { owner: ANNA }, "surely"],
  // A missing claim is NULL, and NULL lets nothing pass, whether or not it is negated.
  ["(auth.uid() = owner)", {}, { owner: ANNA }, "never"],
  ["(NOT (auth.uid() = owner))", {}, { owner: ANNA }, "never"],
  ["(NOT (NOT (auth.uid() = owner)))", {}, { owner: ANNA }, "never"],
  ["((auth.uid() = owner) OR shown)", {}, { owner: ANNA, shown: true }, "surely"],
  ["(NOT ((auth.uid() = owner) AND shown))", {}, { owner: ANNA, shown: true }, "never"],
  ["(NOT ((auth.uid() = owner) AND shown))", {}, { owner: ANNA, shown: false }, "surely"],
  ["(NOT ((auth.uid() = owner) OR shown))", {}, { owner: ANNA, shown: false }, "never"],
  ["(auth.uid() IS DISTINCT FROM owner)", {}, { owner: null }, "never"],
  ["(auth.uid() IS DISTINCT FROM owner)", {}, { owner: ANNA }, "surely"],
  ["(auth.uid() IS NULL)", {}, {}, "surely"],
  ["(auth.uid() IS NOT NULL)", {}, {}, "never"],
  ["(auth.role() = 'authenticated'::text)", anna, {}, "surely"],
  ["(auth.role() <> 'authenticated'::text)", anna, {}, "never"],
  ["(auth.role() = ANY (ARRAY['anon'::text, 'authenticated'::text]))", anna, {}, "surely"],
  ["(auth.role() = ANY (ARRAY['anon'::text, 'x'::text]))", anna, {}, "never"],
  ["(NOT (auth.role() = 'anon'::text))", {}, {}, "never"],
  // What is not certain may be anything.
  ["(auth.uid() = owner)", { sub: "user_2ab" }, { owner: ANNA }, "perhaps"],
  ["(NOT (auth.uid() = owner))", { sub: 5 }, { owner: ANNA }, "perhaps"],
  ["(auth.uid() = ANY (members))", anna, { members: [BERT, ANNA] }, "surely"],
  ["(auth.uid() = ANY (members))", anna, { members: [BERT, null] }, "never"],
  ["(NOT (auth.uid() = ANY (members)))", anna, { members: [BERT, null] }, "perhaps"],
])("%s for %j of %j: %s", (policy, token, row, expected) => {
  expect(passes(policy, token, row)).toBe(expected);
});
