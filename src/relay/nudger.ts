import { setTimeout as sleep } from "node:timers/promises";
import type { Webhook } from "standardwebhooks";
import { type GatewayTarget, nudgeUrl, signer } from "./options.ts";
import { reasonOf } from "./reason.ts";

export type NudgeEvent =
  /** The gateway's keeper has received it. */
  | { readonly kind: "nudged" }
  /** `retryInMs` is null after the last attempt. The next pull finds the change all the same. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryInMs: number | null };

export interface NudgerOptions extends GatewayTarget {
  readonly onEvent?: ((event: NudgeEvent) => void) | undefined;
  /** The waits between attempts. There is one more attempt than waits. */
  readonly retryDelaysMs?: readonly number[] | undefined;
}

const RETRY_DELAYS_MS = [500, 1_000, 2_000];

/** The keeper may have to start first. */
const DEADLINE_MS = 10_000;

const BODY = JSON.stringify({ type: "tidemark.nudge" });

interface NudgeFailure {
  readonly reason: string;
  /** Another attempt would get the same answer. */
  readonly isFinal: boolean;
}

/**
 * Tells the gateway that there is something to pull, signed by https://www.standardwebhooks.com. Sends one request at a
 * time: nudges during a request become one more. A nudge may be lost, because pulls find changes without it.
 */
export class Nudger {
  readonly #url: string;
  readonly #webhook: Webhook;
  readonly #onEvent: (event: NudgeEvent) => void;
  readonly #retryDelaysMs: readonly number[];
  readonly #stopping = new AbortController();
  #isWanted = false;
  #isRunning = false;
  #done: Promise<void> = Promise.resolve();

  /** @throws RelayOptionsError */
  constructor({ gateway, secret, onEvent = () => {}, retryDelaysMs = RETRY_DELAYS_MS }: NudgerOptions) {
    this.#url = nudgeUrl(gateway);
    this.#webhook = signer(secret);
    this.#onEvent = onEvent;
    this.#retryDelaysMs = retryDelaysMs;
  }

  nudge(): void {
    this.#isWanted = true;
    if (!this.#isRunning && !this.#stopping.signal.aborted) this.#done = this.#run();
  }

  /** Aborts what is under way. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isWanted && !this.#stopping.signal.aborted) await this.#deliver();
    } finally {
      this.#isRunning = false;
    }
  }

  async #deliver(): Promise<void> {
    const { signal } = this.#stopping;
    const id = `msg_${crypto.randomUUID()}`;
    for (const retryDelayMs of [...this.#retryDelaysMs, null]) {
      // This attempt covers all nudges until now.
      this.#isWanted = false;
      const failure = await this.#send(id);
      if (signal.aborted) return;
      if (failure === undefined) return this.#onEvent({ kind: "nudged" });
      const retryInMs = failure.isFinal ? null : retryDelayMs;
      this.#onEvent({ kind: "failed", reason: failure.reason, retryInMs });
      if (retryInMs === null) return;
      await sleep(retryInMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One attempt, with a new signature: the gateway refuses those older than five minutes. */
  async #send(id: string): Promise<NudgeFailure | undefined> {
    const now = new Date();
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
          "webhook-signature": this.#webhook.sign(id, now, BODY),
        },
        body: BODY,
        // The signature is for this address only.
        redirect: "manual",
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      const text = saidBy(await response.text());
      if (response.ok) return undefined;
      const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
      return { reason: `the gateway answered ${response.status} ${text}`.trim(), isFinal };
    } catch (error) {
      return { reason: reasonOf(error), isFinal: false };
    }
  }
}

/** What a refusal says: of the gateway's own errors the sentence, and what to do about it. Else how it begins. */
function saidBy(body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { readonly title?: unknown; readonly detail?: unknown };
    if (typeof title === "string" && typeof detail === "string") return `${title}: ${detail}`;
  } catch {
    // Whatever stands before the gateway has answered.
  }
  return body.replaceAll(/\s+/g, " ").slice(0, 200);
}
