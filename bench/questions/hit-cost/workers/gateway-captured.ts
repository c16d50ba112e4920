import { defineConfig } from "../../../../src/gateway/config/config.ts";
import { createGateway } from "../../../../src/gateway/gateway.ts";

// In front of a database with capture, with the defaults: Postgres says what answers depend on.
const gateway = createGateway(
  // `@supabase/lite` reads the schema for each request, so there is nothing to wait for.
  defineConfig({ tables: { articles: true, authors: true }, keeper: { schemaReload: "0s" } }),
);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
