import { setTimeout as sleep } from "node:timers/promises";

export interface WebhookTarget {
  /** `http://127.0.0.1:8787` */
  gateway: string;
  secret: string;
  /** Told once for each change that is given up. */
  onLost?: (reason: string) => void;
}

/** A try at once, then after these milliseconds: about six seconds for a gateway that restarts. */
const RETRIES = [100, 200, 400, 800, 1_600, 3_200];
const TIMEOUT = 5_000;

/**
 * Sends payloads as Supabase's Database Webhooks do through pg_net: all at once and in no order. Unlike pg_net,
 * which sends once and forgets, this tries again, so that a demo whose gateway restarts does not lose changes.
 */
export class Webhooks {
  readonly #target: WebhookTarget;
  readonly #stopped = new AbortController();

  constructor(target: WebhookTarget) {
    this.#target = target;
  }

  /** @param payload JSON as the database wrote it; it is sent as it is. Never rejects. */
  async send(payload: string): Promise<void> {
    let reason = "";
    for (const pause of [0, ...RETRIES]) {
      if (pause > 0) await sleep(pause, undefined, { signal: this.#stopped.signal }).catch(() => {});
      if (this.#stopped.signal.aborted) return;
      const status = await this.#post(payload).catch((error: Error) => error.message);
      if (typeof status === "number" && status < 300) return;
      reason = typeof status === "number" ? `the gateway answered ${status}` : status;
      if (typeof status === "number" && status < 500) break; // asking again would not change a refusal
    }
    this.#target.onLost?.(reason);
  }

  /** Cuts what is under way and sends nothing more. */
  stop(): void {
    this.#stopped.abort();
  }

  async #post(body: string): Promise<number> {
    const response = await fetch(`${this.#target.gateway}/_tidemark/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.#target.secret}` },
      body,
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(TIMEOUT)]),
    });
    await response.arrayBuffer();
    return response.status;
  }
}
