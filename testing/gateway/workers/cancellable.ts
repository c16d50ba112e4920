import { testConfig } from "../tidemark.config.ts";
import { faultyGateway } from "./faults.ts";

// Deadlines longer than any test: they must not rescue a read that waits for a cancelled request.
const gateway = faultyGateway({
  ...testConfig,
  timeouts: { start: "10m", sync: "10m", fill: "10m", origin: "10m" },
});

export default gateway.worker;
export const { Keeper, Origin } = gateway;
