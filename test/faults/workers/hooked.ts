import { createGateway } from "../../../src/gateway/gateway.ts";
import { hookedConfig } from "../tidemark.config.ts";

const gateway = createGateway(hookedConfig);

export default gateway.worker;
export const { Keeper, Origin } = gateway;
