import { testConfig } from "../tidemark.config.ts";
import { faultyGateway } from "./faults.ts";

// Deadlines well below the defaults, so that a test need not wait for them.
const gateway = faultyGateway({
  ...testConfig,
  timeouts: { start: "500ms", sync: "500ms", fill: "3s", origin: "1m" },
});

export default gateway.worker;
export const { Keeper, Origin } = gateway;
