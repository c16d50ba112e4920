import type { Clock } from "../cache/clock.ts";
import { PULL_HANGS_MS } from "./constants.ts";
import type { Failure, Pulling } from "./standing.ts";

/** How pulling and pruning went last, for people: nothing is decided by it. */
export class PullLog {
  readonly #clock: Clock;
  #lastAt: number | null = null;
  #failure: Failure | null = null;
  #pruneFailure: Failure | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  succeeded(startedAt: number): void {
    this.#lastAt = Math.max(this.#lastAt ?? startedAt, startedAt);
    this.#failure = null;
  }

  /** One that ends after a younger one tells of nothing that lasts. */
  failed(startedAt: number, error: unknown): void {
    if (this.#lastAt === null || startedAt >= this.#lastAt) this.#failure = this.#described(error);
  }

  /** @param error why the outbox was not pruned; null: it was */
  pruned(error: unknown): void {
    this.#pruneFailure = error === null ? null : this.#described(error);
  }

  /** @param running when the pulls under way began */
  told(running: readonly number[]): Pulling {
    const now = this.#clock.now();
    const hangs = running.some((startedAt) => now - startedAt > PULL_HANGS_MS);
    return {
      lastAgo: this.#lastAt === null ? null : now - this.#lastAt,
      failure: this.#failure,
      pruneFailure: this.#pruneFailure,
      isFailing: this.#failure !== null || hangs,
    };
  }

  #described(error: unknown): Failure {
    const message = error instanceof Error ? error.message : String(error);
    return { code: codeOf(error), message, at: new Date(this.#clock.now()).toISOString() };
  }
}

/** Errors of ours have a code; what else fails on the way to the database is the network's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unreachable";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "TimeoutError" || error.name === "AbortError" ? "timeout" : "unreachable";
}
