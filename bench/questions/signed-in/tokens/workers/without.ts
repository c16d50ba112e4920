import { defineConfig } from "../../../../../src/gateway/config/config.ts";
import { createGateway } from "../../../../../src/gateway/gateway.ts";
import { counting } from "./counting.ts";

// Readers who sign in bypass, as they do without audiences.
const gateway = createGateway(
  defineConfig({
    tables: { articles: true },
    audiences: false,
    keeper: { name: "without", schemaReload: "0s" },
  }),
);

export default counting(gateway.worker);
export const { Origin } = gateway;
