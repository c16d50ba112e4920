import { defineConfig } from "../../src/gateway/config.ts";
import { createGateway } from "../../src/gateway/gateway.ts";

// Before a database with capture, with the defaults: what answers depend on, Postgres tells.
const gateway = createGateway(defineConfig({ tables: { articles: true, authors: true } }));

export default gateway.worker;
export const { Keeper, Origin } = gateway;
