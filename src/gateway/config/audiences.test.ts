import { describe, expect, it } from "vitest";
import { ConfigError, type TidemarkConfig } from "./config.ts";
import { keeperSettings, schemaQuestionOf } from "./keeper-settings.ts";
import { resolveConfig } from "./resolve-config.ts";

const SETTINGS = {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
  TIDEMARK_CAPTURE_SECRET: "a secret of some length",
};

type Given = TidemarkConfig["audiences"];

function resolved(audiences: Given, settings = SETTINGS) {
  return resolveConfig({ tables: { a: true }, ...(audiences !== undefined && { audiences }) }, settings);
}

function issueOf(audiences: unknown) {
  try {
    resolved(audiences as Given);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues[0];
    throw error;
  }
  throw new Error("resolved");
}

describe("audiences", () => {
  it("are those with Supabase's role, unless the owner says otherwise", () => {
    expect(resolved(undefined).audiences).toEqual({
      roles: ["authenticated"],
      recheckMs: 300_000,
      staleIfError: false,
      claims: new Map(),
    });
  });

  it.each<Given>([false, { roles: [] }])("S4. are nobody's with %j", (audiences) => {
    expect(resolved(audiences).audiences.roles).toEqual([]);
  });

  it.each(["", " ", undefined])("S4. are nobody's without capture (%j)", (secret) => {
    const settings = { ...SETTINGS, TIDEMARK_CAPTURE_SECRET: secret } as typeof SETTINGS;
    expect(resolved({ roles: ["authenticated"] }, settings).audiences.roles).toEqual([]);
  });

  it("name claims by path, and functions by schema", () => {
    const { claims } = resolved({
      claims: { is_admin: ["sub", "app_metadata.tenant", "sub"], "private.always": [] },
    }).audiences;
    expect([...claims]).toEqual([
      ["public.is_admin", [["app_metadata", "tenant"], ["sub"]]],
      ["private.always", []],
    ]);
  });

  it("reach the keeper and the question about the schema", () => {
    const config = resolved({ roles: ["member", "authenticated"], recheck: "1m" });
    expect(schemaQuestionOf(config).roles).toEqual(["authenticated", "member"]);
    expect(keeperSettings(config).audiences).toMatchObject({
      roles: schemaQuestionOf(config).roles,
      recheckMs: 60_000,
    });
  });

  it.each<[string, unknown, string, string]>([
    ["a word", "authenticated", "audiences", "is not an object"],
    ["true", true, "audiences", "is not an object"],
    ["no role at all", [], "audiences", "is not an object"],
    ["a role alone", { roles: "authenticated" }, "audiences.roles", "is not a list"],
    ["a role without a name", { roles: [""] }, "audiences.roles.0", "is empty"],
    ["who sees everything", { roles: ["service_role"] }, "audiences.roles.0", "sees every row"],
    ["no time to recheck", { recheck: 0 }, "audiences.recheck", "is not longer than 0"],
    ["half a yes", { staleIfError: "yes" }, "audiences.staleIfError", "neither true nor false"],
    ["a list of functions", { claims: ["f"] }, "audiences.claims", "is not an object"],
    ["a function alone", { claims: "f" }, "audiences.claims", "is not an object"],
    ["a claim alone", { claims: { f: "sub" } }, "audiences.claims.f", "is not a list"],
    ["a call", { claims: { "f()": [] } }, "audiences.claims.f()", "is not the name of a function"],
    ["an empty claim", { claims: { f: ["a..b"] } }, "audiences.claims.f.0", "is not the name of a claim"],
    ["a field that is mistyped", { role: [] }, "audiences.role", "is not a known field"],
  ])("refuse %s", (_, audiences, path, message) => {
    const issue = issueOf(audiences);
    expect(issue?.path).toBe(path);
    expect(issue?.message).toContain(message);
    expect(issue?.fix).not.toContain("See docs");
  });

  it.each(["exp", "iat", "nbf", "jti", "session_id", "amr", "amr.0.method"])(
    "refuse %s, which differs in every token",
    (claim) => {
      const issue = issueOf({ claims: { f: ["sub", claim] } });
      expect(issue?.path).toBe("audiences.claims.f.1");
      expect(issue?.message).toBe("differs in every token");
      expect(issue?.fix).toContain("leave the function out");
    },
  );

  it("end each sentence once", () => {
    expect(() => resolved({ role: [] } as Given)).toThrow(/ Did you mean roles\?$/);
    expect(() => resolved({ zzzzzzz: 1 } as Given)).toThrow(/ Known are .*staleIfError, claims\.$/);
  });

  it("suggest what was meant", () => {
    expect(issueOf({ rechek: "1m" })?.fix).toBe("Did you mean recheck?");
    expect(issueOf({ zzzzzzz: 1 })?.fix).toBe("Known are roles, recheck, staleIfError, claims");
  });

  it("are part of the configuration's hash, in no particular order", () => {
    const hash = (audiences?: Given) => resolved(audiences).hash;
    expect(hash({ roles: ["b", "a"], claims: { f: ["x", "y"], g: [] } })).toBe(
      hash({ roles: ["a", "b"], claims: { g: [], f: ["y", "x"] } }),
    );
    const hashes = [
      hash(),
      hash(false),
      hash({ roles: ["other"] }),
      hash({ recheck: "1m" }),
      hash({ staleIfError: true }),
      hash({ claims: { f: [] } }),
      hash({ claims: { f: ["sub"] } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
