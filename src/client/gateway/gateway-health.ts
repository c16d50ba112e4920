import { elapsedTime } from "./elapsed.ts";

/** How long a gateway that failed is not asked. Doubles each time that it fails again. */
const REST_MS = 10_000;
const LONGEST_REST_MS = 300_000;

/** A read that asks the gateway: the number of failures when it began. */
export type Attempt = number;

/**
 * Decides whether to ask the gateway, so that a dead one costs a time-out now and then instead of one for each read.
 * After a pause one read tries it while the others still bypass it.
 */
export class GatewayHealth {
  readonly #timeoutMs: number;
  readonly #now = elapsedTime();
  /** Failures in a row. */
  #failures = 0;
  #restingUntil = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Undefined while the gateway must not be asked. */
  begin(): Attempt | undefined {
    if (this.#failures === 0) return 0;
    const now = this.#now();
    if (now < this.#restingUntil) return undefined;
    // This read tries. It succeeds or fails in that time; if it is aborted, another read tries then.
    this.#restingUntil = now + this.#timeoutMs;
    return this.#failures;
  }

  /** The pause does not grow when only Supabase fails, so that the gateway is used as soon as Supabase works again. */
  failed(attempt: Attempt, how: "failed" | "origin-failed" = "failed"): void {
    // Several reads may have been under way; only the first to fail counts.
    if (attempt !== this.#failures) return;
    const isOrigins = how === "origin-failed";
    const restMs = isOrigins ? REST_MS : Math.min(REST_MS * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures = isOrigins ? 1 : this.#failures + 1;
    this.#restingUntil = this.#now() + restMs;
  }

  answered(): void {
    this.#failures = 0;
  }
}
