import { EXTRA_OPERATIONS_PER_MINUTE, FAILURES_PER_MINUTE } from "../protocol/constants.ts";
import type { FillAnswer } from "../protocol/fill.ts";
import { NetworkBudgets } from "./network-budget.ts";
import { isShared, ownerOf } from "./networks.ts";

/** When an owner's origin request was last answered. */
interface Success {
  readonly owner: string;
  readonly at: number;
}

/** What each client may cost others. Over a budget its reads are answered by the origin itself, as without us. */
export class Clients {
  readonly #budgets: NetworkBudgets<"newKeys" | "failures" | "strict" | "unshared">;
  /** The last success of all, and the last one of any other owner. */
  #successes: readonly Success[] = [];

  constructor(newKeysPerMinute: number) {
    const extra = { perMinute: EXTRA_OPERATIONS_PER_MINUTE, debt: 1 };
    this.#budgets = new NetworkBudgets({
      /** Keys that it may add to the registry. */
      newKeys: { perMinute: newKeysPerMinute, debt: 0 },
      /** Origin requests of its reads that may fail: a slow failure holds a place for as long as the deadline. */
      failures: { perMinute: FAILURES_PER_MINUTE, debt: 0 },
      /** Second operations of its strict reads: a fill after a pull. */
      strict: extra,
      /** Second operations of reads whose answer may not be shared: whoever waits for it asks the origin again. */
      unshared: extra,
    });
  }

  /** Whether a read of the client's may cost a pull and, if that finds a change, an origin request as well. */
  mayPull(client: string, now: number): boolean {
    return this.#budgets.has("strict", client, now);
  }

  /**
   * Takes one new key from the client's budget. Only what new keys have cost counts here: a client that has used up its
   * strict reads is still cached.
   */
  mayRegister(client: string, now: number): boolean {
    return this.#budgets.has("unshared", client, now) && this.#budgets.take("newKeys", client, now);
  }

  /**
   * Whether the keeper asks the origin for the client. A client that has failed often may have as many requests under way
   * as it may still fail, and always one, so that an origin that is well again is noticed at once.
   *
   * @param flying how many origin requests of its owner's are under way or wait
   */
  mayFly(client: string, flying: number, now: number): boolean {
    if (flying === 0 || isShared(client)) return true;
    const left = this.#budgets.left("failures", client, now);
    return left >= FAILURES_PER_MINUTE / 2 || flying < Math.floor(left);
  }

  /** An origin request begins for a read that has cost a pull already. */
  flewAfterPull(client: string, now: number): void {
    this.#budgets.spend("strict", client, now);
  }

  /**
   * How the origin request of a client has ended.
   *
   * @param begin when the origin was asked
   */
  landed(
    client: string,
    end: Pick<FillAnswer, "kind">,
    { begin, now }: { readonly begin: number; readonly now: number },
  ): void {
    if (end.kind === "failed") {
      if (!isShared(client) && this.#othersFared(client, begin)) this.#budgets.spend("failures", client, now);
      return;
    }
    const owner = ownerOf(client);
    const other = this.#successes.find((success) => success.owner !== owner);
    this.#successes = [{ owner, at: now }, ...(other ? [other] : [])];
    this.#budgets.giveBack("failures", client, now);
    if (end.kind === "direct") this.#budgets.spend("unshared", client, now);
  }

  /**
   * Whether the origin has answered another owner since then. If not, it may be the origin that fails, and nobody is
   * charged: during an outage every owner's last request has failed, and where there is one owner, nobody else is harmed.
   */
  #othersFared(client: string, since: number): boolean {
    const owner = ownerOf(client);
    return this.#successes.some((success) => success.owner !== owner && success.at >= since);
  }
}
