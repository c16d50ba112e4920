import { EXTRA_OPERATIONS_PER_MINUTE, FAILURES_PER_MINUTE } from "./constants.ts";
import type { FlightEnd } from "./flights.ts";
import { NetworkBudget } from "./network-budget.ts";

/** What each client may cost others. Over a budget its reads are answered by the origin itself, as without us. */
export class Clients {
  /** Keys that it may add to the registry. */
  readonly #newKeys: NetworkBudget;
  /** Origin requests of its reads that may fail: a slow failure holds a place for as long as the deadline. */
  readonly #failures = new NetworkBudget(FAILURES_PER_MINUTE);
  /** What its reads may cost the database beyond one operation each. */
  readonly #extra = new NetworkBudget(EXTRA_OPERATIONS_PER_MINUTE);

  constructor(newKeysPerMinute: number) {
    this.#newKeys = new NetworkBudget(newKeysPerMinute);
  }

  /** Whether a read of the client's may cost a pull and, if that finds a change, an origin request as well. */
  mayPull(client: string, now: number): boolean {
    return this.#extra.has(client, now);
  }

  /** Takes one new key from the client's budget. An answer that may not be shared costs the origin two requests. */
  mayRegister(client: string, now: number): boolean {
    return this.#extra.has(client, now) && this.#newKeys.take(client, now);
  }

  /** Whether the keeper asks the origin for the client. */
  mayFly(client: string, now: number): boolean {
    return this.#failures.has(client, now);
  }

  /** An origin request begins for a read that has cost a pull already. */
  flewAfterPull(client: string, now: number): void {
    this.#extra.spend(client, now);
  }

  /** How the origin request of a client has ended. */
  landed(client: string, end: FlightEnd, now: number): void {
    if (end.kind === "failed") this.#failures.spend(client, now);
    // Whoever waits for it asks the origin again.
    if (end.kind === "direct") this.#extra.spend(client, now);
  }
}
