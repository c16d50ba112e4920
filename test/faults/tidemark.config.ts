import { defineConfig, type TidemarkConfig } from "../../src/gateway/config/config.ts";

/** Bounds that readers ask for, in milliseconds: strictly, with `max-age=1`, and what the tables themselves say. */
export const BOUNDS = [0, 1_000, 10_000] as const;

/** Without capture a lost webhook goes unnoticed so long. Short, so that a run lives to see it. */
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
    // One harness is one client, and what it asks is not what the caps are for.
    limits: { newKeysPerClientPerMinute: 100_000, refillsPerMinute: 6_000 },
    // `@supabase/lite` reads the schema for each request, so there is nothing to wait for.
    keeper: { audit: "1s", schemaReload: "0s" },
  });
}

/** Changes are pulled from what capture writes down. */
export const pulledConfig = configOf("1h");

/** Changes come as webhooks. */
export const hookedConfig = configOf(`${HOOKED_TTL_MS / 1_000}s`);
