import { defineConfig, type TidemarkConfig } from "../../../src/gateway/config/config.ts";
import { PATIENT_TIMEOUTS } from "../../../testing/gateway/tidemark.config.ts";

export const BOUND_MS = 100;

const table = { freshness: `${BOUND_MS}ms`, ttl: "1h" } as const;
/** `@supabase/lite` reads the schema for each request, so there is nothing to wait for. */
const keeper = { schemaReload: "0s" } as const;
const limits = { refillsPerMinute: 100_000, newKeysPerClientPerMinute: 10_000 };
/** Requests are counted, and a read that does not wait for a slow keeper would be one more. */
const timeouts = PATIENT_TIMEOUTS;

/** Postgres says what an answer depends on. */
export const preciseConfig: TidemarkConfig = defineConfig({
  tables: {
    authors: table,
    articles: table,
    comments: table,
    tags: table,
    article_tags: table,
    movies: table,
  },
  ...{ limits, keeper, timeouts },
});

/** What a configuration must say without that: the tables that embeds and policies read. */
export const tablesConfig: TidemarkConfig = defineConfig({
  tables: {
    ...preciseConfig.tables,
    articles: { ...table, dependsOn: ["authors", "comments"] },
    comments: { ...table, dependsOn: ["articles"] },
    article_tags: { ...table, dependsOn: ["articles"] },
  },
  ...{ limits, keeper, timeouts },
});
