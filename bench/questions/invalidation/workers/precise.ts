import { createGateway } from "../../../../src/gateway/gateway.ts";
import { preciseConfig } from "../gateway-config.ts";

const gateway = createGateway(preciseConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
