import { defineConfig, type Limits } from "../../../../src/gateway/config/config.ts";

/** The gateway as an owner would set it up, with its defaults: a bound of 10 s, so that syncs are in the price. */
export function benchConfig(limits: Partial<Limits> = {}) {
  return defineConfig({
    tables: { articles: { dependsOn: ["authors"] }, authors: true },
    // A hit in KV is one of the cases.
    colo: "off",
    // Every key must reach KV, whatever the free plan allows a day.
    limits: { kvWritesPerDay: 1_000_000, newKeysPerClientPerMinute: 1_000_000, ...limits },
  });
}
