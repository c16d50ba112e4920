import { createGateway } from "../../../../src/gateway/gateway.ts";
import { tablesConfig } from "../gateway-config.ts";

const gateway = createGateway(tablesConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
