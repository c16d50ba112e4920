import { createGateway } from "../../../src/gateway/gateway.ts";
import { preciseConfig } from "../tidemark.config.ts";

const gateway = createGateway(preciseConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
