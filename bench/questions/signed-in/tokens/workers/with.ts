import { defineConfig } from "../../../../../src/gateway/config/config.ts";
import { createGateway } from "../../../../../src/gateway/gateway.ts";
import { counting } from "./counting.ts";

const gateway = createGateway(
  defineConfig({
    tables: { articles: true, profiles: true, bookmarks: true, teams: true, memberships: true, notes: true },
    // `@supabase/lite` reads the schema for each request, so there is nothing to wait for. No audit: it reads, too.
    keeper: { schemaReload: "0s", audit: "0s" },
  }),
);

export default counting(gateway.worker);
export const { Keeper, Origin } = gateway;
