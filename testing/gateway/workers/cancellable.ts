import { testConfig } from "../tidemark.config.ts";
import { faultyGateway } from "./faults.ts";

// Deadlines beyond any test's: who waits for a request that was cancelled is never helped by them.
const gateway = faultyGateway({ ...testConfig, timeouts: { sync: "10m", fill: "10m", origin: "10m" } });

export default gateway.worker;
export const { Keeper, Origin } = gateway;
