import { createGateway } from "../../../../src/gateway/gateway.ts";
import { benchConfig } from "./gateway-config.ts";

const gateway = createGateway(benchConfig());

export default gateway.worker;
export const { Keeper, Origin } = gateway;
