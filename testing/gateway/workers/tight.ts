import { createGateway } from "../../../src/gateway/gateway.ts";
import { testConfig } from "../tidemark.config.ts";

const gateway = createGateway({
  ...testConfig,
  limits: {
    maxBodyBytes: 20_000,
    maxUrlLength: 1_000,
    memoryEntries: 50,
    maxKeys: 100,
    newKeysPerClientPerMinute: 150,
    kvWritesPerDay: 20,
    refillsPerMinute: 60,
  },
});

export default gateway.worker;
export const { Keeper, Origin } = gateway;
