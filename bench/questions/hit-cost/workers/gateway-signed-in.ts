import { defineConfig } from "../../../../src/gateway/config/config.ts";
import { createGateway } from "../../../../src/gateway/gateway.ts";

// The gateway with its defaults, in front of a database with capture whose policies say who sees what.
const gateway = createGateway(
  defineConfig({
    tables: { articles: true, profiles: true, bookmarks: true, teams: true, memberships: true, notes: true },
    // `@supabase/lite` reads the schema for each request, so there is nothing to wait for.
    keeper: { schemaReload: "0s" },
    limits: { newKeysPerClientPerMinute: 1_000_000 },
  }),
);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
