import type { Clock } from "../../runtime/clock.ts";
import { within } from "../../runtime/deadline.ts";
import type { Entry } from "../entry/entry.ts";
import { STORE_REST_MS, STORE_TIMEOUT_MS } from "../entry/limits.ts";
import type { Store } from "./store.ts";

/** The areas of a cache's keys, in a store that it may share with others. */
export const ENTRIES = "e";
export const TAG_VERSIONS = "s";

/** What the store has under a key; `"unknown"` when it failed. */
export type StoredEntry = Entry | "absent" | "invalid" | "unknown";

/** A store as one cache uses it: under the cache's name, and within a deadline. */
export class NamedStore {
  readonly port: Store;
  /** The first part of all keys. */
  readonly name: string;
  #restingUntil = 0;

  constructor(port: Store, name: string) {
    this.port = port;
    this.name = name;
  }

  /** @throws what the operation throws; Error when it takes too long, or another one did a moment ago */
  timed<T>(clock: Clock, operation: () => Promise<T>): Promise<T> {
    if (this.#restingUntil > 0 && clock.now() < this.#restingUntil) {
      throw new Error("the store timed out a moment ago and is not asked");
    }
    return within(clock, STORE_TIMEOUT_MS, operation(), () => {
      this.#restingUntil = clock.now() + STORE_REST_MS;
      throw new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);
    });
  }
}
