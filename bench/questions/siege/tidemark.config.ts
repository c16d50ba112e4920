import { defineConfig, type TidemarkConfig } from "../../../src/gateway/config/config.ts";

/** How old an answer may be, by the name of the Worker. */
export const BOUND_MS = {
  /** The product's own. */
  gateway: 10_000,
  /** So short that even a phase of some seconds has many syncs, and an answer past it is noticed. */
  patient: 2_000,
} as const;

const tables = (boundMs: number) => {
  const names = ["authors", "articles", "comments", "documents", "counters", "slow"];
  return Object.fromEntries(names.map((name) => [name, { freshness: `${boundMs / 1_000}s` } as const]));
};

/** `@supabase/lite` reads the schema for each request, so there is nothing to wait for. */
const keeper = { schemaReload: "0s" } as const;

/** Limits and timeouts are the product's own: they are what a siege is about. */
export const siegeConfig: TidemarkConfig = defineConfig({ tables: tables(BOUND_MS.gateway), keeper });

/** For a test, which must not depend on how busy the machine is: nothing is given up for being slow. */
export const patientConfig: TidemarkConfig = defineConfig({
  tables: tables(BOUND_MS.patient),
  keeper,
  timeouts: { sync: "2m", fill: "2m", origin: "2m" },
});
