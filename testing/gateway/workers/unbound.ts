import { createGateway, type GatewayEnv } from "../../../src/gateway/gateway.ts";
import { testConfig } from "../tidemark.config.ts";

const gateway = createGateway(testConfig);

/** The gateway as a `wrangler.jsonc` without "kv_namespaces" would start it. */
export default {
  fetch(request: Request, { KV: _, ...env }: GatewayEnv, ctx: ExecutionContext) {
    return gateway.worker.fetch(request, env as GatewayEnv, ctx);
  },
};
export const { Keeper, Origin } = gateway;
