import { createGateway } from "../../src/gateway/gateway.ts";
import { logRequests } from "../request-log.ts";
import config from "../tidemark.config.ts";

const gateway = createGateway(config);

export default logRequests(gateway.worker);
export const Keeper = gateway.Keeper;
export const Origin = gateway.Origin;
