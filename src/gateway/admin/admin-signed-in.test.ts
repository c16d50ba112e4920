import { beforeEach, describe, expect, it } from "vitest";
import {
  ADMIN,
  adminOf,
  around,
  ask,
  CAPTURING,
  type Call,
  EXPLANATION,
  reset,
} from "./testing/admin-bench.ts";

const to = adminOf({ TIDEMARK_ADMIN_SECRET: ADMIN }, CAPTURING);
const ARTICLES = "/rest/v1/articles?select=id";
const BASE = "/rest/v1/articles?select=id signed-in accept-profile:public accept:*/*";

beforeEach(reset);

const explain = (body: object) => ask("explain", { body, to });

describe("explain, for a reader who signs in", () => {
  it("says who shares the answer, by the keeper's word", async () => {
    if (EXPLANATION.kind === "read")
      around.explanation = { ...EXPLANATION, audience: "shared by all with role authenticated" };
    const { json } = await explain({ query: ARTICLES, role: "authenticated" });
    expect(json).toMatchObject({
      ...{ kind: "read", key: `${BASE} authenticated`, audience: "signed-in" },
      shared: "shared by all with role authenticated",
    });
    const [[, read]] = around.calls as [Call];
    expect(read).toMatchObject({ key: `${BASE} authenticated`, audience: "signed-in" });
  });

  it("says what keeps it from being shared", async () => {
    const audience = "by all claims, because policy own of public.articles calls public.f()";
    around.explanation = { kind: "bypass", reason: "audience-unknown", audience };
    const { json } = await explain({ query: ARTICLES, role: "authenticated" });
    expect(json).toMatchObject({ kind: "bypass", reason: "audience-unknown", shared: audience });
  });

  it("asks the database who shows a token, and says by what role the answer is shared", async () => {
    const headers = { authorization: "Bearer a.b.c" };
    around.audience = {
      ...{ kind: "known", generation: "g", audience: "authenticated#secret", needs: "[]" },
      ...{ expiresAt: 0, forMs: 0, dueInMs: 0 },
    };
    const { json } = await explain({ query: ARTICLES, headers });
    expect(json.key).toBe(`${BASE} authenticated`);
    expect(JSON.stringify(json)).not.toMatch(/secret|a\.b\.c/);
    const [[method, asked]] = around.calls as [[string, object]];
    expect([method, asked]).toMatchObject(["audience", { bearer: { token: "a.b.c" } }]);
  });

  it("says why the answer is not for the bearer of a token", async () => {
    around.audience = { kind: "none", reason: "role-not-cached", forMs: 0 };
    const { json } = await explain({ query: ARTICLES, headers: { authorization: "Bearer a.b.c" } });
    expect(json).toMatchObject({ kind: "bypass", reason: "role-not-cached" });
  });

  it("shows a public table as everybody reads it", async () => {
    const { json } = await explain({ query: "/rest/v1/menu?select=id", role: "authenticated" });
    expect(json.key).toBe("/rest/v1/menu?select=id publishable accept-profile:public accept:*/*");
  });

  it("knows the configured roles only, and says which these are", async () => {
    const { status, json } = await explain({ query: ARTICLES, role: "service_role" });
    expect([status, json.code, json.field]).toEqual([400, "invalid-field", "role"]);
    expect(json.detail).toContain("a b, authenticated");
    const off = await ask("explain", { body: { query: ARTICLES, role: "authenticated" } });
    expect(off.json.detail).toContain("no reads");
  });
});

describe("purge, of a path", () => {
  it("reaches what the roles of those who sign in alone decide", async () => {
    await ask("purge", { body: { keys: [ARTICLES] }, to });
    const [[, purge]] = around.calls as [[string, { keys: string[] }]];
    expect(purge.keys).toContain(`${BASE} authenticated`);
    expect(purge.keys).toContain(`${BASE} a%20b`);
    expect(purge.keys).toHaveLength(16);
  });
});
