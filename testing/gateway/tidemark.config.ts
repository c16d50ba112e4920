import { defineConfig, type TidemarkConfig } from "../../src/gateway/config/config.ts";
import type { Duration } from "../../src/runtime/duration.ts";

/** The bound, in milliseconds, of the tables that follow changes. */
export const LIVELY_MS = 400;

/**
 * A busy machine must not reach a deadline, or a test's outcome would depend on the machine. Tests of the deadlines
 * themselves have a configuration of their own.
 */
export const PATIENT_TIMEOUTS = { start: "1m", sync: "1m", fill: "2m", origin: "1m" } as const;

const lively = { freshness: "400ms", ttl: "1h" } as const;

/**
 * The demo's tables, each with a freshness of 400 ms. `tags` is for every reader, `samples` outlives an origin that
 * fails. `uncached`, where a test makes such a table, is not configured.
 */
export const testConfig: TidemarkConfig = defineConfig({
  schemas: ["public", "archive"],
  tables: {
    authors: { ...lively, dependsOn: ["articles"] },
    articles: { ...lively, dependsOn: ["authors", "comments", "article_tags", "tags"] },
    comments: { ...lively, dependsOn: ["articles"] },
    tags: { ...lively, audience: "public", dependsOn: ["article_tags", "articles"] },
    article_tags: { ...lively, dependsOn: ["articles", "tags"] },
    published_articles: { ...lively, dependsOn: ["articles", "authors", "comments"] },
    movies: lively,
    samples: { ...lively, staleIfError: "10m" },
    "archive.articles": lively,
  },
  // The isolates of a test stand for distant places, though they are Workers of one workerd.
  colo: "off",
  // `@supabase/lite` reads the schema for each request, so there is nothing to wait for.
  keeper: { schemaReload: "0s" },
  timeouts: PATIENT_TIMEOUTS,
});

/** The same where Postgres describes what an answer depends on. */
export const preciseConfig: TidemarkConfig = defineConfig({
  ...testConfig,
  tables: Object.fromEntries(Object.keys(testConfig.tables).map((name) => [name, lively])),
});

/** The same with a bound that is long compared with a read. */
export const STEADY_MS = 1_500;
export const steadyConfig: TidemarkConfig = withFreshness(`${STEADY_MS}ms`);

/** The same with a bound of an hour, so that no test depends on its own pace. */
export const patientConfig: TidemarkConfig = withFreshness("1h");

function withFreshness(freshness: Duration): TidemarkConfig {
  const tables = Object.entries(testConfig.tables);
  const changed = tables.map(([name, table]) => [name, { ...(table === true ? {} : table), freshness }]);
  return defineConfig({ ...testConfig, tables: Object.fromEntries(changed) });
}
