import { createGateway } from "../../src/gateway/gateway.ts";
import config from "../tidemark.config.ts";

const gateway = createGateway(config);

export default gateway.worker;
export const { Keeper, Origin, Mirror } = gateway;
