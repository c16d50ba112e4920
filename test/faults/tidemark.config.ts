import { defineConfig, type TidemarkConfig } from "../../src/gateway/config/config.ts";

/** The readers' bounds in milliseconds: strict, with `max-age=1`, and the tables' own. */
export const BOUNDS = [0, 1_000, 10_000] as const;

/** How long a lost webhook may go unnoticed without capture. Short, so that it ends within a run. */
export const HOOKED_TTL_MS = 3_000;

const tables = {
  topics: { dependsOn: ["notes"] },
  notes: { dependsOn: ["topics"] },
  shown_notes: { dependsOn: ["notes", "topics"] },
  readings: {},
  quiet: {},
  still: {},
};

function configOf(ttl: string): TidemarkConfig {
  return defineConfig({
    tables: Object.fromEntries(
      Object.entries(tables).map(([name, table]) => [name, { ...table, freshness: "10s", ttl }]),
    ),
    // The harness is a single client; caps are not what it tests.
    limits: { newKeysPerClientPerMinute: 100_000, refillsPerMinute: 6_000 },
    // `@supabase/lite` reads the schema for each request, so there is nothing to wait for.
    keeper: { audit: "1s", schemaReload: "0s" },
  });
}

/** Changes are pulled from capture's outbox. */
export const pulledConfig = configOf("1h");

/** Changes come as webhooks. */
export const hookedConfig = configOf(`${HOOKED_TTL_MS / 1_000}s`);
