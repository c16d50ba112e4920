import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AUTH_SQL } from "../../../testing/auth-sql.ts";
import { openPglite } from "../../../testing/pglite.ts";
import type { Declared } from "../footprint/footprint.ts";
import { footprintOf } from "../footprint/footprint-of.ts";
import { claimNeeds } from "../footprint/needs/claim-needs.ts";
import { parseQuery } from "../query/parse.ts";
import type { RowChange } from "../row/change.ts";
import { claimsIn } from "../testing/claims-in.ts";
import { describedBy } from "../testing/described.ts";
import { ANNA, added, TEAMS_SQL, TOKEN, updated } from "../testing/teams.ts";
import { verdictOn } from "../verdict/verdict.ts";

let database: PGlite;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(AUTH_SQL + TEAMS_SQL);
});

afterAll(() => database.close());

interface Pattern {
  /** As an owner writes it. */
  readonly policy: string;
  readonly restrictive?: true;
  /** As Postgres prints it. */
  readonly printed: string;
  /** The claims that it needs, or why that is not known. */
  readonly needs: readonly (readonly string[])[] | string;
  /** Changes that touch Anna's answer, and changes that do not. Bert has a row unless it is said that Anna does. */
  readonly touched?: readonly RowChange[];
  readonly spared?: readonly RowChange[];
}

const OWN = { touched: [added("docs", { user_id: ANNA })], spared: [added("docs")] };
const SUB = [["sub"]];
const MEMBERSHIPS = {
  touched: [added("memberships", { user_id: ANNA })],
  spared: [added("memberships"), updated("memberships", {}, { team_id: 2 })],
};

const ROLES = {
  touched: [added("user_roles", { user_id: ANNA })],
  spared: [added("user_roles"), added("user_roles", { user_id: ANNA, role: "user" })],
};

const PATTERNS: readonly Pattern[] = [
  { policy: "true", printed: "true", needs: [], touched: [added("docs")] },
  { policy: "auth.uid() = user_id", printed: "(auth.uid() = user_id)", needs: SUB, ...OWN },
  {
    policy: "(select auth.uid()) = user_id",
    printed: "(( SELECT auth.uid() AS uid) = user_id)",
    ...{ needs: SUB, ...OWN },
  },
  { policy: "user_id = auth.uid()", printed: "(user_id = auth.uid())", needs: SUB, ...OWN },
  {
    policy: "user_id = (select auth.uid())",
    printed: "(user_id = ( SELECT auth.uid() AS uid))",
    ...{ needs: SUB, ...OWN },
  },
  {
    policy: "published or public.is_admin()",
    printed: "(published OR public.is_admin())",
    needs: "reading public.docs uses public.is_admin(), which may read any claim",
  },
  {
    policy: "team_id in (select team_id from memberships where user_id = (select auth.uid()))",
    printed:
      "(team_id IN ( SELECT memberships.team_id\n   FROM public.memberships\n  WHERE (memberships.user_id = ( SELECT auth.uid() AS uid))))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "exists (select 1 from memberships m where m.team_id = docs.team_id and m.user_id = auth.uid())",
    printed:
      "(EXISTS ( SELECT 1\n   FROM public.memberships m\n  WHERE ((m.team_id = docs.team_id) AND (m.user_id = auth.uid()))))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy:
      "not exists (select from memberships m where m.team_id = docs.team_id and m.user_id = auth.uid())",
    printed:
      "(NOT (EXISTS ( SELECT\n   FROM public.memberships m\n  WHERE ((m.team_id = docs.team_id) AND (m.user_id = auth.uid())))))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "has_role(auth.uid(), 'admin')",
    printed: "public.has_role(auth.uid(), 'admin'::public.app_role)",
    ...{ needs: SUB, ...ROLES },
  },
  {
    policy: "(select has_role((select auth.uid()), 'admin'))",
    printed: "( SELECT public.has_role(( SELECT auth.uid() AS uid), 'admin'::public.app_role) AS has_role)",
    ...{ needs: SUB, ...ROLES },
  },
  {
    policy: "private.is_member(team_id)",
    printed: "private.is_member(team_id)",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "team_id in (select private.my_teams())",
    printed: "(team_id IN ( SELECT private.my_teams() AS my_teams))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "team_id = any (array(select private.my_teams()))",
    printed: "(team_id = ANY (ARRAY( SELECT private.my_teams() AS my_teams)))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "team_id = any (array(select team_id from memberships where user_id = auth.uid()))",
    printed:
      "(team_id = ANY (ARRAY( SELECT memberships.team_id\n   FROM public.memberships\n  WHERE (memberships.user_id = auth.uid()))))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "published = true or owner = auth.uid()",
    printed: "((published = true) OR (owner = auth.uid()))",
    needs: SUB,
    touched: [added("docs", { owner: ANNA }), added("docs", { published: true })],
    spared: [added("docs"), updated("docs", {}, { tenant: "red" })],
  },
  {
    policy: "auth.role() = 'authenticated'",
    printed: "(auth.role() = 'authenticated'::text)",
    ...{ needs: [["role"]], touched: [added("docs")] },
  },
  {
    policy: "auth.role() = 'service_role'",
    printed: "(auth.role() = 'service_role'::text)",
    ...{ needs: [["role"]], spared: [added("docs")] },
  },
  {
    policy: "auth.uid() is not null",
    printed: "(auth.uid() IS NOT NULL)",
    ...{ needs: SUB, touched: [added("docs")] },
  },
  {
    policy: "auth.uid() is null",
    printed: "(auth.uid() IS NULL)",
    ...{ needs: SUB, spared: [added("docs")] },
  },
  {
    policy: "(select role from profiles where id = auth.uid()) = 'admin'",
    printed:
      "(( SELECT profiles.role\n   FROM public.profiles\n  WHERE (profiles.id = auth.uid())) = 'admin'::text)",
    needs: SUB,
    touched: [
      added("profiles", { id: ANNA }),
      updated("profiles", { id: ANNA }, { role: "user" }),
      updated("profiles", {}, { id: ANNA }),
    ],
    spared: [
      added("profiles"),
      updated("profiles", { id: ANNA }, { name: "A" }),
      updated("profiles", {}, { role: "user" }),
    ],
  },
  {
    policy: "(select p.is_admin from profiles p where p.id = (select auth.uid()))",
    printed: "( SELECT p.is_admin\n   FROM public.profiles p\n  WHERE (p.id = ( SELECT auth.uid() AS uid)))",
    needs: SUB,
    touched: [updated("profiles", { id: ANNA }, { is_admin: false })],
    spared: [updated("profiles", {}, { is_admin: false })],
  },
  {
    policy: "auth.uid()::text = owner_text",
    printed: "((auth.uid())::text = owner_text)",
    ...{ needs: SUB, touched: [added("docs", { owner_text: ANNA })], spared: [added("docs")] },
  },
  {
    policy: "(select auth.jwt() ->> 'sub') = owner_text",
    printed: "(( SELECT (auth.jwt() ->> 'sub'::text)) = owner_text)",
    ...{ needs: SUB, touched: [added("docs", { owner_text: ANNA })], spared: [added("docs")] },
  },
  {
    policy: "(auth.jwt() -> 'app_metadata' ->> 'tenant') = tenant",
    printed: "(((auth.jwt() -> 'app_metadata'::text) ->> 'tenant'::text) = tenant)",
    needs: [["app_metadata", "tenant"]],
    ...{ touched: [added("docs", { tenant: "red" })], spared: [added("docs")] },
  },
  {
    policy: "org_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::bigint",
    printed:
      "(org_id = (((( SELECT auth.jwt() AS jwt) -> 'app_metadata'::text) ->> 'org_id'::text))::bigint)",
    needs: [["app_metadata", "org_id"]],
    ...{ touched: [added("docs", { org_id: 7 })], spared: [added("docs")] },
  },
  {
    policy:
      "exists (select 1 from memberships m join teams t on t.id = m.team_id where t.id = docs.team_id and m.user_id = auth.uid())",
    printed:
      "(EXISTS ( SELECT 1\n   FROM (public.memberships m\n     JOIN public.teams t ON ((t.id = m.team_id)))\n  WHERE ((t.id = docs.team_id) AND (m.user_id = auth.uid()))))",
    needs: SUB,
    touched: [added("memberships", { user_id: ANNA }), added("teams")],
    spared: [
      added("memberships"),
      updated("memberships", {}, { team_id: 2 }),
      updated("teams", {}, { owner: ANNA }),
    ],
  },
  {
    policy:
      "team_id in (select m.team_id from memberships m join teams t on t.id = m.team_id and t.owner <> m.user_id where m.user_id = auth.uid())",
    printed:
      "(team_id IN ( SELECT m.team_id\n   FROM (public.memberships m\n     JOIN public.teams t ON (((t.id = m.team_id) AND (t.owner <> m.user_id))))\n  WHERE (m.user_id = auth.uid())))",
    needs: SUB,
    touched: [added("memberships", { user_id: ANNA }), updated("teams", {}, { owner: ANNA })],
    spared: [added("memberships")],
  },
  {
    policy: "auth.uid() = any (members)",
    printed: "(auth.uid() = ANY (members))",
    needs: SUB,
    touched: [added("docs", { members: [ANNA] }), updated("docs", {}, { members: [ANNA] })],
    spared: [added("docs"), added("docs", { members: [null] }), added("docs", { members: null })],
  },
  {
    policy: "(select auth.uid()) in (select user_id from memberships where team_id = docs.team_id)",
    printed:
      "(( SELECT auth.uid() AS uid) IN ( SELECT memberships.user_id\n   FROM public.memberships\n  WHERE (memberships.team_id = docs.team_id)))",
    ...{ needs: SUB, ...MEMBERSHIPS },
  },
  {
    policy: "(select auth.jwt() ->> 'aal') = 'aal2'",
    restrictive: true,
    printed: "(( SELECT (auth.jwt() ->> 'aal'::text)) = 'aal2'::text)",
    ...{ needs: [["aal"]] },
  },
  {
    policy: "((select auth.jwt()) ->> 'is_anonymous')::boolean is false",
    restrictive: true,
    printed: "(((( SELECT auth.jwt() AS jwt) ->> 'is_anonymous'::text))::boolean IS FALSE)",
    needs: [["is_anonymous"]],
  },
  {
    policy: "(auth.jwt() ->> 'is_anonymous')::boolean is true",
    printed: "(((auth.jwt() ->> 'is_anonymous'::text))::boolean IS TRUE)",
    ...{ needs: [["is_anonymous"]], spared: [added("docs")] },
  },
  {
    policy: `array[(select auth.jwt() ->> 'aal')] <@ (select case when count(id) > 0 then array['aal2']
      else array['aal1', 'aal2'] end as aal from auth.mfa_factors where (select auth.uid()) = user_id and status = 'verified')`,
    restrictive: true,
    printed:
      "(ARRAY[( SELECT (auth.jwt() ->> 'aal'::text))] <@ ( SELECT\n        CASE\n            WHEN (count(mfa_factors.id) > 0) THEN ARRAY['aal2'::text]\n            ELSE ARRAY['aal1'::text, 'aal2'::text]\n        END AS aal\n   FROM auth.mfa_factors\n  WHERE ((( SELECT auth.uid() AS uid) = mfa_factors.user_id) AND (mfa_factors.status = 'verified'::text))))",
    needs: [["aal"], ["sub"]],
  },
  {
    policy: "tenant = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant')",
    printed:
      "(tenant = ((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::jsonb ->> 'tenant'::text))",
    // Anna has no such claim.
    ...{ needs: [["tenant"]], spared: [added("docs"), added("docs", { tenant: null })] },
  },
];

const relation = "public.docs";
const read = { schema: "public", relation: "docs", search: "select=id" };

test.each(PATTERNS)("S5. $policy", async ({ policy, restrictive, printed, needs, touched, spared }) => {
  await database.exec(`
    drop policy if exists everything on docs; drop policy if exists p on docs;
    ${restrictive ? "create policy everything on docs for select using (true);" : ""}
    create policy p on docs ${restrictive ? "as restrictive" : ""} for select using (${policy});`);
  const schema = await describedBy(database, { reader: "authenticated" });
  expect(schema.get(relation)?.reads?.policies?.map(({ using }) => using)).toContain(printed);
  const declared: Declared = { tables: new Set(schema.keys()), dependsOn: new Map(), obeysPolicies: true };
  const query = parseQuery("docs", read.search);
  const found = claimNeeds(read, query, declared, schema, new Map());
  expect(found.kind === "known" ? found.paths : "because" in found && found.because).toEqual(needs);
  if (found.kind !== "known") return;
  const reader = { role: "authenticated", claims: claimsIn(TOKEN, found.paths) };
  const result = footprintOf(read, query, declared, schema, reader);
  if (!("footprint" in result)) throw new Error(result.bypass);
  const verdicts = (changes: readonly RowChange[] = []) =>
    changes.map((change) => ({ change, affected: verdictOn(result.footprint, change).affected }));
  expect(verdicts(touched).filter(({ affected }) => !affected)).toEqual([]);
  expect(verdicts(spared).filter(({ affected }) => affected)).toEqual([]);
});
