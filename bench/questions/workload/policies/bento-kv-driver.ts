import type { L2CacheDriver } from "bentocache/types";
import type { LibraryParts } from "./library.ts";

/** bentocache's second layer over KV. */
export class KvDriver implements L2CacheDriver {
  readonly type = "l2";
  readonly #parts: LibraryParts;
  readonly #prefix: string;

  constructor(parts: LibraryParts, prefix = "") {
    this.#parts = parts;
    this.#prefix = prefix;
  }

  namespace(namespace: string): KvDriver {
    return new KvDriver(this.#parts, `${this.#prefix}${namespace}:`);
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#parts.get(this.#prefix + key)) ?? undefined;
  }

  async set(key: string, value: string, ttl?: number): Promise<boolean> {
    await this.#parts.put(this.#prefix + key, value, ttl ?? 0);
    return true;
  }

  async pull(): Promise<undefined> {}

  async delete(): Promise<boolean> {
    return false;
  }

  async deleteMany(): Promise<boolean> {
    return false;
  }

  async clear(): Promise<void> {}

  async disconnect(): Promise<void> {}
}
