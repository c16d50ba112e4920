import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "./listen.ts";
import { type NudgeEvent, Nudger } from "./nudger.ts";
import { checkDatabaseUrl, type GatewayTarget } from "./options.ts";

export type RelayEvent =
  | NudgeEvent
  /** It listens. A nudge for everything that happened before follows. */
  | { readonly kind: "connected" }
  | { readonly kind: "reconnecting"; readonly reason: string; readonly inMs: number }
  | { readonly kind: "stopped" };

export interface RelayOptions extends GatewayTarget {
  /** `postgres://…` of the database or of a pooler in session mode, because LISTEN belongs to a session. */
  readonly databaseUrl: string;
  /** Ends the relay. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: RelayEvent) => void) | undefined;
  /** The waits before the first, second, … attempt to reconnect; the last one repeats. */
  readonly reconnectDelaysMs?: readonly number[] | undefined;
}

/** The channel of `tidemark.nudge()`. */
const CHANNEL = "tidemark";

const RECONNECT_DELAYS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/**
 * For Postgres without pg_net: nudges the gateway whenever capture NOTIFYs, and once after every connect, because
 * earlier notifications were missed. Resolves when `signal` has ended it and nothing is under way.
 *
 * @throws RelayOptionsError
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { databaseUrl, signal, onEvent = () => {}, reconnectDelaysMs = RECONNECT_DELAYS_MS } = options;
  checkDatabaseUrl(databaseUrl);
  const nudger = new Nudger({ ...options, onEvent });
  let failures = 0;
  while (!signal.aborted) {
    const reason = await listen(databaseUrl, {
      channel: CHANNEL,
      signal,
      onListening() {
        failures = 0;
        onEvent({ kind: "connected" });
        nudger.nudge();
      },
      onNotification: () => nudger.nudge(),
    });
    if (signal.aborted) break;
    const inMs = reconnectDelaysMs[Math.min(failures, reconnectDelaysMs.length - 1)] ?? 0;
    failures += 1;
    onEvent({ kind: "reconnecting", reason, inMs });
    await sleep(inMs, undefined, { signal }).catch(() => {});
  }
  await nudger.stop();
  onEvent({ kind: "stopped" });
}
