import { createGateway } from "../../../src/gateway/gateway.ts";
import { testConfig } from "../tidemark.config.ts";

const gateway = createGateway(testConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
