import { describe, expect, it } from "vitest";
import { type Change, changeFromWebhook } from "../../postgrest/row/change.ts";
import { verdictOn } from "../../postgrest/verdict/verdict.ts";
import { ARTICLES } from "../testing/fixtures.ts";
import { column, described, relation } from "../testing/precise.ts";
import { Footprints } from "./footprints.ts";

const declared = { dependsOn: new Map(), tables: new Set([ARTICLES]) };
const asked = { schema: "public", relation: "articles", search: "select=id" };

const own = { ...relation, columns: { ...relation.columns, owner: column("text") } };
const roleOf = (schema: object, obeysPolicies = true) => ({ schema: JSON.stringify(schema), obeysPolicies });
const facts = {
  ...described({ [ARTICLES]: relation }, [ARTICLES, "public.roles_only"]),
  roles: { authenticated: roleOf({ [ARTICLES]: own, "public.roles_only": relation }) },
};
const reader = { role: "authenticated", claims: new Map() };

const of = (changed: object) => new Footprints(declared, { ...facts, ...changed });

describe("what a read of those who sign in depends on", () => {
  it("S7. is told by the description for its role", () => {
    const footprints = of({});
    const search = "select=id&owner=eq.a";
    expect(footprints.of({ ...asked, search }, reader)).toHaveProperty("footprint");
    expect(footprints.needs(asked, "authenticated")).toEqual({ paths: [], relations: [ARTICLES] });
    const change: Change = { kind: "flush", relation: "public.roles_only" };
    expect(footprints.concerns(change)).toBe(true);
  });

  it("S4. is not known of other roles, without capture, and without word of changes of the schema", () => {
    const none = { bypass: "audience-unknown" };
    const unknown = [
      [of({}), "editor"],
      [of({ roles: {} }), "authenticated"],
      [of({ watched: null }), "authenticated"],
      [of({ noticesDdl: false }), "authenticated"],
      [new Footprints(declared, null), "authenticated"],
    ] as const;
    for (const [footprints, role] of unknown) {
      expect(footprints.needs(asked, role)).toEqual(none);
      expect(footprints.of(asked, { role, claims: new Map() })).toEqual(none);
      expect(footprints.of(asked)).toHaveProperty("footprint");
    }
  });

  it("S4. is not known where nothing says for whom an answer is", () => {
    const claims = [{ culprit: "policy own on public.articles", text: "", readers: 1, functions: {} }];
    const reads = { relations: {}, caveats: [], request: [], calls: {}, policies: [], claims };
    const secret = of({ roles: { authenticated: roleOf({ [ARTICLES]: { ...relation, reads } }) } });
    expect(secret.needs(asked, "authenticated")).toMatchObject({ bypass: "audience-unknown" });
  });

  it("S11. of a reader whose claims are not known, any change of a row may touch the answer", () => {
    const using = "(auth.uid() = owner)";
    const body = "select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid";
    const claims = [{ culprit: "policy own", text: using, readers: 1, functions: { "auth.uid": body } }];
    const policies = [{ using, permissive: true }];
    const reads = {
      relations: { [ARTICLES]: ["owner"] },
      caveats: [],
      request: [],
      calls: {},
      policies,
      claims,
    };
    const mine = of({
      roles: {
        authenticated: roleOf({
          [ARTICLES]: { ...own, columns: { ...own.columns, owner: column("uuid") }, reads },
        }),
      },
    });
    const change = changeFromWebhook(
      JSON.stringify({
        ...{ type: "DELETE", schema: "public", table: "articles", record: null },
        old_record: { id: 1, owner: "00000000-0000-4000-8000-000000000001" },
      }),
    );
    const touches = (known: ReadonlyMap<string, string | null>) => {
      const result = mine.of(asked, { role: "authenticated", claims: known });
      return "footprint" in result ? verdictOn(result.footprint, change).affected : result;
    };
    const sub = (n: number) => new Map([['["sub"]', `"00000000-0000-4000-8000-00000000000${n}"`]]);
    expect([touches(sub(1)), touches(sub(2)), touches(new Map())]).toEqual([true, false, true]);
  });

  it("S4. is not known of a query that is never cached", () => {
    const timed = of({
      roles: { authenticated: roleOf({ [ARTICLES]: { ...relation, columns: { at: column("date") } } }) },
    });
    expect(timed.needs({ ...asked, search: "select=at&at=eq.today" }, "authenticated")).toEqual({
      bypass: "time-dependent",
    });
    expect(of({}).needs({ ...asked, search: "select=*,nothing(*)" }, "authenticated")).toEqual({
      bypass: "unknown-embed",
    });
  });

  it("S7. is another generation when a role sees something else, or policies bind it no more", () => {
    const versions = [
      of({}),
      of({ roles: {} }),
      of({ noticesDdl: false }),
      of({ roles: { authenticated: roleOf({ [ARTICLES]: relation }) } }),
      of({ roles: { authenticated: { ...facts.roles.authenticated, obeysPolicies: false } } }),
      of({ roles: { editor: facts.roles.authenticated } }),
      of({ roles: { ...facts.roles, editor: facts.roles.authenticated } }),
    ].map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
    const [first, second] = [facts.roles.authenticated, roleOf({ [ARTICLES]: relation })];
    expect(of({ roles: { a: first, b: second } }).version).toBe(
      of({ roles: { b: second, a: first } }).version,
    );
  });
});
