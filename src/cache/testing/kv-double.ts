// For tests: Workers KV with the limits that Miniflare leaves out (docs/design/platform.md), in virtual time.

import type { Clock } from "../../runtime/clock.ts";
import type { KvNamespaceLike } from "../stores/kv-store.ts";

interface Value {
  readonly text: string | null;
  readonly writtenAt: number;
  readonly expiresAt: number;
}

/** How long a write takes to reach the other data centres. */
const PROPAGATION_MS = 60_000;
const OPERATIONS_PER_INVOCATION = 1_000;

/** One namespace, in all data centres. */
export class KvDouble {
  /** The number of writes and deletions. */
  writes = 0;
  readonly #clock: Clock;
  readonly #history = new Map<string, Value[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A binding for one invocation in a data centre. `operations` counts those of the invocation. */
  binding(centre: string): KvNamespaceLike & { operations: number } {
    const cached = new Map<string, { readonly text: string | null; readonly until: number }>();
    const used = () => {
      if (++binding.operations > OPERATIONS_PER_INVOCATION) {
        throw new Error("Too many API requests by single worker invocation.");
      }
    };
    const read = (key: string, cacheTtl: number): string | null => {
      if (cacheTtl < 30) throw new Error("Invalid cache_ttl: must be at least 30");
      const now = this.#clock.now();
      const local = cached.get(key);
      if (local !== undefined && now < local.until) return local.text;
      const text = this.#visible(key, centre);
      cached.set(key, { text, until: now + cacheTtl * 1_000 });
      return text;
    };
    function get(key: string, options: { cacheTtl: number }): Promise<string | null>;
    function get(keys: string[], options: { cacheTtl: number }): Promise<Map<string, string | null>>;
    async function get(keys: string | string[], { cacheTtl }: { cacheTtl: number }) {
      used();
      if (typeof keys === "string") return read(keys, cacheTtl);
      if (keys.length > 100) throw new Error("You can request a maximum of 100 keys");
      return new Map(keys.map((key) => [key, read(key, cacheTtl)]));
    }
    const write = async (key: string, text: string | null, seconds: number) => {
      used();
      if (new TextEncoder().encode(key).length > 512)
        throw new Error("KV PUT failed: 414 UTF-8 encoded length");
      if (seconds < 60) throw new Error("KV PUT failed: 400 Invalid expiration_ttl");
      this.#write(key, text, centre, seconds);
      cached.delete(key); // usually visible at once where it was written
    };
    const binding = {
      operations: 0,
      get: get as KvNamespaceLike["get"],
      put: (key: string, text: string, options: { expirationTtl: number }) =>
        write(key, text, options.expirationTtl),
      delete: (key: string) => write(key, null, 60),
      list: async () => {
        used();
        return { keys: [], list_complete: true };
      },
    };
    return binding;
  }

  /** The data centre of each write, where it is visible at once. */
  readonly #origin = new WeakMap<Value, string>();

  #visible(key: string, centre: string): string | null {
    const now = this.#clock.now();
    const seen = (this.#history.get(key) ?? []).findLast(
      (value) => this.#origin.get(value) === centre || value.writtenAt + PROPAGATION_MS <= now,
    );
    return seen === undefined || seen.expiresAt <= now ? null : seen.text;
  }

  #write(key: string, text: string | null, centre: string, seconds: number): void {
    const now = this.#clock.now();
    const history = this.#history.get(key) ?? [];
    const last = history.at(-1);
    if (last !== undefined && now - last.writtenAt < 1_000) {
      throw new Error("KV PUT failed: 429 Too Many Requests");
    }
    this.writes++;
    const value = { text, writtenAt: now, expiresAt: now + seconds * 1_000 };
    this.#origin.set(value, centre);
    this.#history.set(key, [...history.slice(-4), value]);
  }
}
