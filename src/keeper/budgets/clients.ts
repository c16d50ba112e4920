import type { FillAnswer } from "../protocol/fill.ts";
import { NetworkBudgets } from "./network-budget.ts";
import { isShared, ownerOf } from "./networks.ts";

/**
 * Origin requests of one client that may fail each minute while other clients' requests are answered. A client with
 * less than half of them left may have only that many requests under way, but always one.
 */
export const FAILURES_PER_MINUTE = 20;

/**
 * What one client's reads may cost the database beyond one operation each, per minute: a strict read can need a pull
 * and then a fill, when the pull finds a change. Enough for a client that writes every second and reads after each
 * write.
 */
export const EXTRA_OPERATIONS_PER_MINUTE = 60;

/**
 * Unknown tokens of one client about which the database is asked, per minute. Enough for an office of 600 people behind
 * one address, who are asked about every five minutes each.
 */
export const QUESTIONS_PER_MINUTE = 120;

/** When an owner's origin request was last answered. */
interface Success {
  readonly owner: string;
  readonly at: number;
}

/**
 * What each client may cost the others. Over its budget a client's reads go to the origin, as they would without a
 * cache.
 */
export class Clients {
  readonly #budgets: NetworkBudgets<"newKeys" | "failures" | "strict" | "unshared" | "questions">;
  /** The last success, and the last one of any other owner. */
  #successes: readonly Success[] = [];

  constructor(newKeysPerMinute: number) {
    const extra = { perMinute: EXTRA_OPERATIONS_PER_MINUTE, debt: 1 };
    this.#budgets = new NetworkBudgets({
      /** Keys that it adds to the registry. */
      newKeys: { perMinute: newKeysPerMinute, debt: 0 },
      /** Its origin requests that fail: a slow failure holds a place until the deadline. */
      failures: { perMinute: FAILURES_PER_MINUTE, debt: 0 },
      /** Its strict reads that cost a second operation: a fill after a pull. */
      strict: extra,
      /** Its reads whose answer may not be shared: everyone who waited asks the origin again. */
      unshared: extra,
      /** Its tokens that the database is asked about. */
      questions: { perMinute: QUESTIONS_PER_MINUTE, debt: 0 },
    });
  }

  /** Whether a read of this client may cost a pull and, if that finds a change, an origin request as well. */
  mayPull(client: string, now: number): boolean {
    return this.#budgets.has("strict", client, now);
  }

  /** Takes one question about a token from the client's budget. */
  mayAskWho(client: string, now: number): boolean {
    return this.#budgets.take("questions", client, now);
  }

  /**
   * Takes one new key from the client's budget. Strict reads do not count here: a client that has used them up is still
   * cached.
   */
  mayRegister(client: string, now: number): boolean {
    return this.#budgets.has("unshared", client, now) && this.#budgets.take("newKeys", client, now);
  }

  /**
   * Whether the keeper asks the origin for the client. A client whose requests often failed may have only as many
   * under way as may still fail, but always one, so that it notices at once when the origin works again.
   *
   * @param flying how many origin requests of the client's owner are under way or wait
   */
  mayFly(client: string, flying: number, now: number): boolean {
    if (flying === 0 || isShared(client)) return true;
    const left = this.#budgets.left("failures", client, now);
    return left >= FAILURES_PER_MINUTE / 2 || flying < Math.floor(left);
  }

  /** An origin request begins for a read that has already cost a pull. */
  flewAfterPull(client: string, now: number): void {
    this.#budgets.spend("strict", client, now);
  }

  /**
   * Notes how a client's origin request ended.
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
   * Whether the origin has answered another owner since then. If not, the origin itself may be failing, and no client
   * is charged: in an outage everyone's requests fail, and a client that is alone harms no other.
   */
  #othersFared(client: string, since: number): boolean {
    const owner = ownerOf(client);
    return this.#successes.some((success) => success.owner !== owner && success.at >= since);
  }
}
