import { describe, expect, it } from "vitest";
import { ConfigError, defineConfig, type TidemarkConfig } from "./config.ts";
import { resolveConfig } from "./resolve-config.ts";

const SETTINGS = {
  SUPABASE_URL: "https://abc.supabase.co/",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
};

function issuesOf(config: unknown, settings: Record<string, string> = SETTINGS) {
  try {
    resolveConfig(config as TidemarkConfig, settings);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("resolved");
}

describe("resolving a configuration", () => {
  it("fills in every default", () => {
    const config = resolveConfig(defineConfig({ tables: { articles: true } }), SETTINGS);
    expect(config).toMatchObject({
      origin: "https://abc.supabase.co",
      keys: { publishable: "sb_publishable_x", legacyAnon: null },
      defaultSchema: "public",
      limits: { maxBodyBytes: 1_048_576, maxUrlLength: 8_192, kvWritesPerDay: 900 },
      timeouts: { startMs: 30, syncMs: 2_000, fillMs: 10_000, originMs: 8_000 },
      keeper: { name: "keeper", locationHint: null },
      mirrors: null,
      allowedOrigins: "*",
      colo: "auto",
      mode: "on",
    });
    expect(config.tables.get("public.articles")).toEqual({
      relation: "public.articles",
      freshnessMs: 10_000,
      ttlMs: 3_600_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      audience: "key",
      dependsOn: null,
    });
  });

  it("qualifies names, and knows who depends on what", () => {
    const config = resolveConfig(
      {
        schemas: ["api", "private"],
        tables: {
          feed: { dependsOn: ["articles", "auth.users"] },
          "private.articles": { freshness: 0 },
          articles: true,
        },
      },
      SETTINGS,
    );
    expect([...config.tables.keys()]).toEqual(["api.feed", "private.articles", "api.articles"]);
    expect(config.declared.dependsOn.get("api.feed")).toEqual(["api.articles", "auth.users"]);
    expect(config.dependents.get("api.articles")).toEqual(["api.feed", "api.articles"]);
    expect(config.dependents.get("auth.users")).toEqual(["api.feed"]);
    expect(config.dependents.has("public.articles")).toBe(false);
  });

  it.each<[string, unknown, string, string]>([
    ["no tables", {}, "tables", "is missing"],
    ["tables that are a list", { tables: ["articles"] }, "tables.0", "is not an object"],
    ["a field that is mistyped", { tables: {}, limit: {} }, "limit", "is not a known field"],
    ["a nested one", { tables: { a: { fresness: 1 } } }, "tables.a.fresness", "is not a known field"],
    ["no duration", { tables: { a: { freshness: "10 s" } } }, "tables.a.freshness", "is not a duration"],
    ["a negative one", { tables: { a: { freshness: -1 } } }, "tables.a.freshness", "is not a duration"],
    ["an endless one", { tables: { a: { ttl: Infinity } } }, "tables.a.ttl", "is not a duration"],
    ["no time to live", { tables: { a: { ttl: "0s" } } }, "tables.a.ttl", "is not longer than 0"],
    ["false for a table", { tables: { a: false } }, "tables.a", "is not an object"],
    ["another audience", { tables: { a: { audience: "all" } } }, "tables.a.audience", "is not an audience"],
    ["an unknown schema", { tables: { "x.a": true } }, "tables.x.a", "the schema x is not in schemas"],
    ["a table twice", { tables: { a: true, "public.a": true } }, "tables.public.a", "given twice"],
    ["no schema", { schemas: [], tables: {} }, "schemas", "is empty"],
    ["a fraction of a byte", { tables: {}, limits: { maxBodyBytes: 1.5 } }, "limits.maxBodyBytes", "whole"],
    ["too large a body", { tables: {}, limits: { maxBodyBytes: 2e6 } }, "limits.maxBodyBytes", "more than"],
    [
      "ignoring authorization",
      { tables: {}, headers: { ignore: ["Authorization"] } },
      "headers.ignore.0",
      "fixed",
    ],
    ["keying connection", { tables: {}, headers: { key: ["connection"] } }, "headers.key.0", "fixed"],
    ["no header name", { tables: {}, headers: { key: ["x y"] } }, "headers.key.0", "name of a header"],
    ["both", { tables: {}, headers: { key: ["x-a"], ignore: ["X-A"] } }, "headers", "both"],
    ["a hint", { tables: {}, keeper: { locationHint: "mars" } }, "keeper.locationHint", "location hint"],
    ["an origin with a path", { tables: {}, allowedOrigins: ["https://a/b"] }, "allowedOrigins.0", "origin"],
    ["a path without a slash", { tables: {}, origin: { path: "api" } }, "origin.path", "plain path"],
    ["a path with one more", { tables: {}, origin: { path: "/api/" } }, "origin.path", "plain path"],
    ["a path out of it", { tables: {}, origin: { path: "/a/../b" } }, "origin.path", "dot segment"],
    ["our own path", { tables: {}, origin: { path: "/_tidemark/x" } }, "origin.path", "itself serves"],
    ["a path below ours", { tables: {}, origin: { path: "/rest/v1/x" } }, "origin.path", "itself serves"],
    ["another key", { tables: {}, origin: { key: "basic" } }, "origin.key", "way to show a key"],
    ["a role without a name", { tables: {}, origin: { anonRole: "" } }, "origin.anonRole", "is empty"],
    ["a mistyped role", { tables: {}, origin: { anonrole: "a" } }, "origin.anonrole", "not a known field"],
    [
      "keeping cookies",
      { tables: {}, headers: { response: ["Set-Cookie"] } },
      "headers.response.0",
      "answers for itself",
    ],
    ["two schemas in one", { tables: {}, schemas: ["a,b"] }, "schemas.0", "name of a schema"],
    ["a schema with a dot", { tables: {}, schemas: ["a.b"] }, "schemas.0", "name of a schema"],
    ["a schema that ends blank", { tables: {}, schemas: ["a "] }, "schemas.0", "name of a schema"],
    ["half a cache", { tables: {}, colo: true }, "colo", "neither auto nor off"],
    ["nothing", undefined, "(the configuration)", "is not an object"],
  ])("refuses %s", (_, config, path, message) => {
    const { issues, code, message: whole } = issuesOf(config);
    expect(code).toBe("config");
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues[0]?.message).toContain(message);
    expect(issues[0]?.fix).toBeTruthy();
    expect(whole).toContain(`${path}: `);
  });

  it("suggests what was meant", () => {
    expect(issuesOf({ tables: { a: { freshnes: 1 } } }).issues[0]?.fix).toBe("Did you mean freshness?");
    expect(issuesOf({ tables: {}, limits: { maxBodySize: 1 } }).issues[0]?.fix).toBe(
      "Did you mean maxBodyBytes?",
    );
    expect(issuesOf({ tables: {}, zzz: 1 }).issues[0]?.fix).toContain("Known are schemas, tables");
  });

  it.each([
    ["10 s", "10s"],
    ["5 minutes", "5m"],
    ["1 hour", "1h"],
    ["2days", "2d"],
    ["250 milliseconds", "250ms"],
    [" 1.5 sec ", "1.5s"],
  ])("says how a duration is written: %j", (freshness, meant) => {
    expect(issuesOf({ tables: { a: { freshness } } }).issues[0]?.fix).toBe(`Did you mean "${meant}"?`);
  });

  it("does not guess at what is no duration at all", () => {
    for (const freshness of ["soon", "10", -1, "10 x", "s"]) {
      expect(issuesOf({ tables: { a: { freshness } } }).issues[0]?.fix).toContain('"250ms"');
    }
  });

  it("tells for each key how to correct it", () => {
    const fixOf = (config: object) => issuesOf({ tables: {}, ...config }).issues[0]?.fix;
    expect(fixOf({ origin: { key: 1 } })).toContain('"apikey+bearer", "bearer", "apikey", "none"');
    expect(fixOf({ headers: { key: [1] } })).toContain("x-tenant");
    expect(fixOf({ timeouts: { origin: "x" } })).toContain("250ms");
    expect(fixOf({ keeper: { rows: { tables: [1] } } })).toBe('List tables: ["posts"]');
  });

  it("accepts a schema with blanks, as PostgREST does", () => {
    const schemas = ["My Schema", "public"];
    const config = resolveConfig({ schemas, tables: { a: true, "My Schema.b": true } }, SETTINGS);
    expect([...config.tables.keys()]).toEqual(["My Schema.a", "My Schema.b"]);
  });

  it("lists all issues at once", () => {
    const error = issuesOf({ tables: { a: { ttl: "x", freshness: "y" } } }, {});
    expect(error.issues.map(({ path }) => path)).toEqual([
      "SUPABASE_PUBLISHABLE_KEY",
      "SUPABASE_URL",
      "tables.a.freshness",
      "tables.a.ttl",
    ]);
  });
});

describe("settings", () => {
  const serviceRole = `h.${btoa('{"role":"service_role"}').replaceAll("=", "")}.s`;

  it.each([
    ["SUPABASE_URL", ""],
    ["SUPABASE_URL", "abc.supabase.co"],
    ["SUPABASE_URL", "ftp://abc.supabase.co"],
    ["SUPABASE_URL", "https://user:hunter2@abc.supabase.co"],
    ["SUPABASE_URL", "https://abc.supabase.co/?hunter2"],
    ["SUPABASE_PUBLISHABLE_KEY", " "],
    ["SUPABASE_PUBLISHABLE_KEY", "hunter2 hunter2"],
    ["SUPABASE_PUBLISHABLE_KEY", "sb_secret_hunter2"],
    ["SUPABASE_PUBLISHABLE_KEY", serviceRole],
    ["SUPABASE_ANON_KEY", serviceRole],
  ])("names %s, never its value (%j)", (name, value) => {
    const error = issuesOf({ tables: {} }, { ...SETTINGS, [name]: value });
    expect(error.issues.map(({ path }) => path)).toEqual([name]);
    expect(error.message).not.toContain("hunter2");
    expect(error.message).not.toContain(serviceRole);
  });

  it("reads a mode that nobody knows as off, and says so without its value", () => {
    const { mode, doubts } = resolveConfig({ tables: {} }, { ...SETTINGS, TIDEMARK_MODE: "hunter2" });
    expect([mode, doubts.map(({ path }) => path)]).toEqual(["off", ["TIDEMARK_MODE"]]);
    expect(JSON.stringify(doubts)).not.toContain("hunter2");
    expect(resolveConfig({ tables: {} }, { ...SETTINGS, TIDEMARK_MODE: "shadow" }).doubts).toEqual([]);
  });

  const tokenOf = (role: string) => `h.${btoa(JSON.stringify({ role })).replaceAll("=", "")}.s`;

  it.each<[TidemarkConfig["origin"], string | undefined, boolean]>([
    [undefined, "sb_publishable_x", true],
    [undefined, tokenOf("anon"), true],
    [undefined, tokenOf("web_anon"), false],
    [{ anonRole: "web_anon" }, "sb_publishable_x", false],
    [{ anonRole: "web_anon", key: "bearer" }, tokenOf("web_anon"), true],
    [{ key: "bearer" }, "opaque", false],
    // Only the owner knows which role PostgREST uses without a token.
    [{ key: "none" }, undefined, false],
    [{ key: "none", anonRole: "anon" }, undefined, true],
    [{ key: "none", anonRole: "web_anon" }, "anything", true],
  ])(
    "with origin %j and the key %s, policies are known to be the anonymous role's: %s",
    (origin, key, isKnown) => {
      const settings = { SUPABASE_URL: SETTINGS.SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY: key };
      const config = resolveConfig({ tables: {}, ...(origin && { origin }) }, settings);
      expect(config.declared.obeysPolicies).toBe(isKnown);
    },
  );

  it("needs no key if no request sends one, and says so if one is needed", () => {
    const url = { SUPABASE_URL: SETTINGS.SUPABASE_URL };
    const { restPath, keys } = resolveConfig({ tables: {}, origin: { path: "/", key: "none" } }, url);
    expect({ restPath, ...keys }).toEqual({
      restPath: "",
      publishable: "",
      legacyAnon: null,
      shownAs: "none",
    });
    const { issues } = issuesOf({ tables: {}, origin: { key: "bearer" } }, url);
    expect(issues).toEqual([
      expect.objectContaining({ path: "SUPABASE_PUBLISHABLE_KEY", fix: expect.stringContaining("none") }),
    ]);
  });

  it("trims what a shell adds", () => {
    const settings = { SUPABASE_URL: "http://localhost:54321/base//\n", SUPABASE_PUBLISHABLE_KEY: "k\n" };
    expect(resolveConfig({ tables: {} }, { ...settings, TIDEMARK_MODE: "off" })).toMatchObject({
      origin: "http://localhost:54321/base",
      keys: { publishable: "k" },
      mode: "off",
    });
  });
});

describe("the hash", () => {
  const hash = (config: Partial<TidemarkConfig>, settings = {}) =>
    resolveConfig({ tables: { a: true, b: true }, ...config }, { ...SETTINGS, ...settings }).hash;

  it("does not depend on the order of the settings, nor on settings that affect no answer", () => {
    const same = hash({});
    expect(same).toMatch(/^[0-9a-f]{16}$/);
    expect(hash({ tables: { b: {}, a: { freshness: "10s" } } })).toBe(same);
    expect(hash({ limits: { maxKeys: 5 }, keeper: { locationHint: "weur" }, timeouts: { sync: 9 } })).toBe(
      same,
    );
    // Each isolate judges by its own.
    expect(hash({ tables: { a: { staleWhileRevalidate: "5m" }, b: true } })).toBe(same);
    expect(hash({ colo: "off", mirrors: { perRegion: 2 } })).toBe(same);
    expect(hash({}, { TIDEMARK_MODE: "off" })).toBe(same);
  });

  it("changes with everything that affects an answer or its validity", () => {
    const hashes = [
      hash({}),
      hash({ tables: { a: true } }),
      hash({ tables: { a: true, b: { ttl: 5 } } }),
      hash({ tables: { a: true, b: { audience: "public" } } }),
      hash({ tables: { a: true, b: { dependsOn: ["a"] } } }),
      hash({ schemas: ["public", "x"] }),
      hash({ headers: { key: ["x-a"] } }),
      hash({ headers: { ignore: ["x-a"] } }),
      hash({ headers: { response: ["x-a"] } }),
      hash({ origin: { path: "/" } }),
      hash({ origin: { key: "bearer" } }),
      hash({ origin: { anonRole: "web_anon" } }),
      hash({}, { SUPABASE_URL: "https://other.example" }),
      hash({}, { SUPABASE_PUBLISHABLE_KEY: "other" }),
      hash({}, { SUPABASE_ANON_KEY: "other" }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("M2, P16. changes with the keeper, so that a mirror of another one, which hears of no purge of this one, has no answer", () => {
    expect(hash({ keeper: { name: "other" } })).not.toBe(hash({}));
    expect(hash({ keeper: { name: "keeper" } })).toBe(hash({}));
  });
});

describe("a setting that is undefined", () => {
  it("is not given", () => {
    const limits = { maxKeys: undefined } as unknown as { maxKeys: number };
    const { limits: resolved } = resolveConfig({ tables: {}, limits }, SETTINGS);
    expect(resolved.maxKeys).toBe(20_000);
  });
});
