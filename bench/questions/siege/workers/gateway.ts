import { createGateway } from "../../../../src/gateway/gateway.ts";
import { siegeConfig } from "../tidemark.config.ts";

const gateway = createGateway(siegeConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
