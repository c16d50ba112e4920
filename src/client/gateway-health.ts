/** A gateway that failed is left alone for so long. */
const REST_MS = 10_000;

/**
 * Whether the gateway is worth asking, so that a dead one costs a time-out now and then and not one for each read.
 * After a rest one read tries it, while the others still go around it.
 */
export class GatewayHealth {
  readonly #timeoutMs: number;
  /** 0: it is well. */
  #restingUntil = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  mayAsk(): boolean {
    if (this.#restingUntil === 0) return true;
    const now = Date.now();
    if (now < this.#restingUntil) return false;
    // This read tries. It answers or fails in time, or is aborted and another one tries then.
    this.#restingUntil = now + this.#timeoutMs;
    return true;
  }

  failed(): void {
    this.#restingUntil = Date.now() + REST_MS;
  }

  answered(): void {
    this.#restingUntil = 0;
  }
}
