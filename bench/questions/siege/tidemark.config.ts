import { defineConfig, type TidemarkConfig } from "../../../src/gateway/config/config.ts";

/** How old an answer may be, by the name of the Worker. */
export const BOUND_MS = {
  /** The product's default. */
  gateway: 10_000,
  /** So short that even a phase of a few seconds has many syncs and notices an answer past the bound. */
  patient: 2_000,
} as const;

const tables = (boundMs: number) => {
  const names = ["authors", "articles", "comments", "documents", "counters", "slow"];
  return Object.fromEntries(names.map((name) => [name, { freshness: `${boundMs / 1_000}s` } as const]));
};

/** `@supabase/lite` reads the schema for each request, so there is nothing to wait for. */
const keeper = { schemaReload: "0s" } as const;

/** Limits and timeouts are the product's defaults, which a siege tests. */
export const siegeConfig: TidemarkConfig = defineConfig({ tables: tables(BOUND_MS.gateway), keeper });

/** For a test, which must not depend on the machine's load: nothing times out. */
export const patientConfig: TidemarkConfig = defineConfig({
  tables: tables(BOUND_MS.patient),
  keeper,
  timeouts: { start: "2m", sync: "2m", fill: "2m", origin: "2m" },
});
