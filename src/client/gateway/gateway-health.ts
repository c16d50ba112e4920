import { elapsedTime } from "./elapsed.ts";

/** A gateway that failed is left alone for so long; each time that it fails again, for twice as long. */
const REST_MS = 10_000;
const LONGEST_REST_MS = 300_000;

/** One read that asks the gateway: what its outcome is compared with. */
export type Attempt = number;

/**
 * Whether the gateway is worth asking, so that a dead one costs a time-out now and then and not one for each read.
 * After a rest one read tries it, while the others still go around it.
 */
export class GatewayHealth {
  readonly #timeoutMs: number;
  readonly #now = elapsedTime();
  /** In a row; 0: it is well. */
  #failures = 0;
  #restingUntil = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Undefined while the gateway is left alone. */
  begin(): Attempt | undefined {
    if (this.#failures === 0) return 0;
    const now = this.#now();
    if (now < this.#restingUntil) return undefined;
    // This read tries. It answers or fails in time, or is aborted and another one tries then.
    this.#restingUntil = now + this.#timeoutMs;
    return this.#failures;
  }

  /** Where only Supabase gives no answer, the rest does not grow: the gateway is wanted as soon as that is well again. */
  failed(attempt: Attempt, how: "failed" | "origin-failed" = "failed"): void {
    // Of several that were under way, the first has told it.
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
