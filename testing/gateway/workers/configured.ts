import { env } from "cloudflare:workers";
import type { TidemarkConfig } from "../../../src/gateway/config/config.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";

/** The gateway with the configuration in `TEST_CONFIG`, which a test writes as an owner would. */
const gateway = createGateway(
  JSON.parse((env as { readonly TEST_CONFIG: string }).TEST_CONFIG) as TidemarkConfig,
);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
