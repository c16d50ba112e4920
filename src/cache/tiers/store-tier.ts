import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { Scope } from "../context/context.ts";
import { decodeEntry, type Entry, encodeEntry } from "../entry/entry.ts";
import { CacheError } from "../entry/errors.ts";
import type { Miss } from "../entry/events.ts";
import { lifetimeOf } from "../entry/freshness.ts";
import { storeKey } from "../entry/keys.ts";
import { STORE_REST_MS, STORE_TIMEOUT_MS, WRITE_ATTEMPTS, WRITE_RETRY_MS } from "../entry/limits.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { Call, Offer } from "../read/candidate.ts";
import type { Store } from "../stores/store.ts";
import { take } from "./take.ts";

/** What the store said: `"unknown"` when it failed. */
export type Stored = Entry | "absent" | "invalid" | "unknown";

/** Areas of a cache's keys in a store that it may share with others. */
export const ENTRIES = "e";
export const STAMPS = "s";

/** How many deletions are under way at a time; a Worker may await the headers of six connections. */
const CONCURRENCY = 6;

/**
 * The second tier: a store, as far as it can be relied on. Errors and slowness become answers, never exceptions of a
 * read. A cache that has only memory does not ship this file.
 */
export class StoreTier {
  readonly port: Store;
  readonly name: string;
  #restingUntil = 0;

  constructor(port: Store, name: string) {
    this.port = port;
    this.name = name;
  }

  /** What it offers, or why it offers nothing; judged when `learning` has ended. */
  async read(scope: Scope, call: Call, learning: Promise<void> | undefined): Promise<Offer | Miss> {
    let entry: Stored;
    try {
      const key = storeKey(this.name, ENTRIES, call.qualified);
      const plain = typeof key === "string" ? key : await key;
      entry = decodeEntry(await this.timed(scope.isolate.clock, () => this.port.get(plain)));
    } catch (error) {
      scope.report({ type: "store-error", operation: "get", error });
      entry = "unknown";
    }
    if (learning !== undefined) await learning;
    return typeof entry === "string" ? entry : await take(scope, call, entry);
  }

  /** Stores an entry while it is wanted. Never rejects; true when it is there. */
  async keep(scope: Scope, qualified: string, held: Held): Promise<boolean> {
    const isWanted = () => scope.isolate.fence.accepts(held.names, held.proof);
    const seconds = Math.ceil(lifetimeOf(held.proof) / 1_000);
    const text = encodeEntry(held);
    const put = (key: string) => this.port.put(key, text, seconds);
    const stored = await this.#write(scope, qualified, "put", put, isWanted).catch(() => false);
    // Invalidated while it was on its way: it may have arrived after the deletion. If something newer was put
    // meanwhile this deletes that instead, which costs a miss. A put that seems to have failed may arrive as well.
    if (!isWanted()) await this.#delete(scope, qualified).catch(() => false);
    return stored;
  }

  /** Removes qualified keys. @throws CacheError `invalidation-failed` */
  async remove(scope: Scope, keys: readonly string[]): Promise<void> {
    const errors: unknown[] = [];
    const queue = keys.values();
    const work = async () => {
      for (const key of queue) await this.#delete(scope, key).catch((error: unknown) => errors.push(error));
    };
    const removing = Promise.all(Array.from({ length: CONCURRENCY }, work));
    scope.anchor(removing);
    await removing;
    if (errors.length > 0) {
      const message = `${errors.length} of ${keys.length} keys could not be deleted`;
      throw new CacheError("invalidation-failed", message, { cause: errors[0] });
    }
  }

  #delete(scope: Scope, qualified: string): Promise<boolean> {
    return this.#write(scope, qualified, "delete", (key) => this.port.delete(key));
  }

  /**
   * True when it is done, false when it is no longer wanted. KV refuses the second write of a key within a second:
   * then once more, a second later. @throws what the store throws, or when it is too slow; that is reported as well
   */
  async #write(
    scope: Scope,
    qualified: string,
    operation: "put" | "delete",
    run: (key: string) => Promise<void>,
    isWanted: () => boolean = () => true,
  ): Promise<boolean> {
    const { clock } = scope.isolate;
    for (let attempt = 1; isWanted(); attempt++) {
      try {
        const key = await storeKey(this.name, ENTRIES, qualified);
        await this.timed(clock, () => run(key));
        return true;
      } catch (error) {
        if (attempt === WRITE_ATTEMPTS || !/\b429\b/.test(String(error))) {
          scope.report({ type: "store-error", operation, error });
          throw error;
        }
        await clock.sleep(WRITE_RETRY_MS);
      }
    }
    return false;
  }

  /** @throws what the operation throws, or when it is too slow, or another was a moment ago */
  timed<T>(clock: Clock, operation: () => Promise<T>): Promise<T> {
    if (this.#restingUntil > 0 && clock.now() < this.#restingUntil) {
      throw new Error("the store timed out a moment ago; not asked");
    }
    return within(clock, STORE_TIMEOUT_MS, operation(), () => {
      this.#restingUntil = clock.now() + STORE_REST_MS;
      throw new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);
    });
  }
}
