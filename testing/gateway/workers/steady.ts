import { createGateway } from "../../../src/gateway/gateway.ts";
import { steadyConfig } from "../tidemark.config.ts";

const gateway = createGateway(steadyConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
