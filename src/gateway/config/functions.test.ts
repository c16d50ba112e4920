import { describe, expect, it } from "vitest";
import { ConfigError, type TidemarkConfig } from "./config.ts";
import { schemaQuestionOf } from "./keeper-settings.ts";
import { resolveConfig } from "./resolve-config.ts";

const SETTINGS = {
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
  TIDEMARK_CAPTURE_SECRET: "the capture secret of this test",
};

const resolved = (functions: TidemarkConfig["functions"], rest: Partial<TidemarkConfig> = {}) =>
  resolveConfig({ tables: { articles: true }, ...(functions && { functions }), ...rest }, SETTINGS);

function issuesOf(functions: unknown): readonly string[] {
  try {
    resolved(functions as TidemarkConfig["functions"]);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe("configured functions", () => {
  it("have defaults, and go by a name that is no relation's", () => {
    expect([...resolved({ search: true }).functions]).toEqual([
      [
        "public.search()",
        {
          relation: "public.search()",
          ...{ freshnessMs: 10_000, ttlMs: 3_600_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 },
          ...{ audience: "key", dependsOn: null, rows: new Map() },
        },
      ],
    ]);
  });

  it("say what they depend on, by relation or by row, and which claims they read", () => {
    const config = resolved({
      stats: { dependsOn: ["articles", "private.log"], claims: [] },
      by_category: { dependsOn: { articles: "category=eq.{category}", tags: true }, claims: ["sub", "a.b"] },
    });
    const { dependsOn, rows, tables } = config.declared;
    expect(dependsOn.get("public.stats()")).toEqual(["public.articles", "private.log"]);
    expect(dependsOn.get("public.by_category()")).toEqual(["public.articles", "public.tags"]);
    expect(rows.get("public.by_category()")).toEqual(
      new Map([["public.articles", "category=eq.{category}"]]),
    );
    expect([...tables]).toEqual(["public.articles"]);
    expect(config.audiences.claims.get("public.by_category")).toEqual([["a", "b"], ["sub"]]);
    expect(config.audiences.claims.get("public.stats")).toEqual([]);
    expect(config.dependents.get("public.tags")).toEqual(["public.by_category()"]);
    expect(config.dependents.has("public.stats()")).toBe(false);
    expect(schemaQuestionOf(config).tables).toEqual([
      ...["private.log", "public.articles", "public.by_category()", "public.stats()", "public.tags"],
    ]);
  });

  it("are part of the hash, each of their fields", () => {
    const hashes = [
      resolved(undefined),
      resolved({ f: true }),
      resolved({ f: { freshness: "1s" } }),
      resolved({ f: { ttl: "1m" } }),
      resolved({ f: { staleIfError: "1m" } }),
      resolved({ f: { dependsOn: ["tags"] } }),
      resolved({ f: { dependsOn: { tags: true } } }),
      resolved({ f: { dependsOn: { tags: "id=eq.{id}" } } }),
      resolved({ f: { claims: [] } }),
    ].map(({ hash }) => hash);
    // A list is short for every row.
    expect(hashes[5]).toBe(hashes[6]);
    expect(new Set(hashes).size).toBe(hashes.length - 1);
  });

  it.each([
    [{ f: { freshnes: "1s" } }, "functions.f.freshnes is not a known field"],
    [{ "f(text)": true }, "functions.f(text) is not the name of a function"],
    [{ "secret.f": true }, "functions.secret.f the schema secret is not in schemas"],
    [{ f: true, "public.f": true }, "functions.public.f public.f() is given twice"],
    [{ f: { dependsOn: "articles" } }, "functions.f.dependsOn is not an object"],
    [{ f: { dependsOn: { articles: 1 } } }, "functions.f.dependsOn.articles is neither a filter nor true"],
    [{ f: { claims: ["exp"] } }, "functions.f.claims.0 differs in every token"],
    [{ f: false }, "functions.f is not an object"],
  ])("that are wrong are refused: %j", (functions, issue) => {
    expect(issuesOf(functions)).toEqual([issue]);
  });

  it.each(["", "order=id", "category=like.{c}", "category=eq.x{c}", "category=is.odd", "select=id"])(
    "with a filter that is none are refused: %s",
    (filter) => {
      expect(issuesOf({ f: { dependsOn: { articles: filter } } })[0]).toMatch(
        /^functions\.f\.dependsOn\.articles is not a filter: /,
      );
    },
  );

  it("have no names of tables, nor tables of theirs", () => {
    expect(() => resolveConfig({ tables: { "f()": true } }, SETTINGS)).toThrow(/is the name of a function/);
  });
});
