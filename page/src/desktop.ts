import type { ShownConfig } from "../../src/gateway/admin/shown-config.ts";
import type { Api } from "./api/api.ts";
import type { Polled } from "./api/poll.ts";
import type { HealthAnswer, KnownStats } from "./api/types.ts";
import type { Sample } from "./figures/rates.ts";

/** What every view may use. */
export interface Desktop {
  readonly api: Api;
  readonly stats: Polled<KnownStats>;
  readonly health: Polled<HealthAnswer>;
  readonly config: Polled<ShownConfig>;
  readonly samples: readonly Sample[];
  readonly isPaused: boolean;
}
