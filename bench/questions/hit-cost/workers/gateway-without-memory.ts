import { createGateway } from "../../../../src/gateway/gateway.ts";
import { benchConfig } from "./gateway-config.ts";

// Another isolate of the same gateway and the same keeper, whose memory holds nothing, so each hit comes from KV.
const gateway = createGateway(benchConfig({ memoryBytes: 0 }));

export default gateway.worker;
export const { Origin } = gateway;
