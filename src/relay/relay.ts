import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "./listen.ts";
import { type NudgeEvent, Nudger } from "./nudger.ts";
import { checkDatabaseUrl, type GatewayTarget } from "./options.ts";

export type RelayEvent =
  | NudgeEvent
  /** It listens; whatever happened before is nudged for. */
  | { readonly kind: "connected" }
  | { readonly kind: "reconnecting"; readonly reason: string; readonly inMs: number }
  | { readonly kind: "stopped" };

export interface RelayOptions extends GatewayTarget {
  /** `postgres://…`, straight to the database or by a pooler in session mode: LISTEN belongs to a session. */
  readonly databaseUrl: string;
  /** Ends the relay. */
  readonly signal: AbortSignal;
  readonly onEvent?: ((event: RelayEvent) => void) | undefined;
  /** The waits before the first, second, … attempt to connect again; the last one from then on. */
  readonly reconnectDelaysMs?: readonly number[] | undefined;
}

/** What `tidemark.nudge()` notifies. */
const CHANNEL = "tidemark";

const RECONNECT_DELAYS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/**
 * For Postgres without pg_net: hears what capture NOTIFYs and nudges the gateway, and once after every connect, as
 * nobody heard what was said before. Resolves when `signal` has ended it and nothing of it is left.
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
