import { env } from "cloudflare:workers";
import type { TidemarkConfig } from "../../../src/gateway/config/config.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";

/** The gateway of the configuration in `TEST_CONFIG`: a test writes down what an owner would. */
const gateway = createGateway(
  JSON.parse((env as { readonly TEST_CONFIG: string }).TEST_CONFIG) as TidemarkConfig,
);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
