import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import type { Heard, MirrorFault, MirrorOrder } from "../../testing/gateway/mirror-orders.ts";
import { ask, configured, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { PLACES } from "./places.ts";

/** A gateway with a mirror in each region and isolates at all places, over these tables. */
export function startMirroredStack(config: Pick<TidemarkConfig, "tables" | "audiences">): Promise<Stack> {
  const { env } = configured({
    ...config,
    mirrors: { perRegion: 1 },
    // Short, so that a mirror that hangs is given up within the test.
    timeouts: { sync: "1s", fill: "4s", origin: "1m" },
  });
  return startStack({
    ...{ entry: workers.mirrored, env, mirrors: true, changes: "pulled" },
    isolates: PLACES.map(({ at }) => at),
  });
}

/** Breaks or mends a mirror, and gives how often it was called. */
export async function setFault({ gateway }: Stack, mirror: string, fault: MirrorFault): Promise<Heard> {
  const body = JSON.stringify({ mirror, fault } satisfies MirrorOrder);
  return (await ask(`${gateway.urlOf("amsterdam")}/__test/mirror`, { method: "POST", body })).json;
}
