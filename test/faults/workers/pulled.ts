import { createGateway } from "../../../src/gateway/gateway.ts";
import { pulledConfig } from "../tidemark.config.ts";

const gateway = createGateway(pulledConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
