interface Slot<V> {
  readonly value: V;
  readonly bytes: number;
}

export interface MemoryTierLimits {
  /** At most this many bytes, as the callers of `set` count them. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * A least-recently-used map, bounded by bytes and by entries. A `Map` iterates in insertion order, so moving an
 * entry to the end on each use keeps the least recently used one first.
 */
export class MemoryTier<V> {
  readonly #slots = new Map<string, Slot<V>>();
  readonly #limits: MemoryTierLimits;
  #bytes = 0;

  constructor(limits: MemoryTierLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: string): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    return slot.value;
  }

  /** Stores a value; one that alone exceeds the limit is not stored, and what stood there is dropped. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.#limits.maxBytes) return;
    this.#slots.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#slots.keys()) {
      if (this.#bytes <= this.#limits.maxBytes && this.#slots.size <= this.#limits.maxEntries) break;
      this.delete(oldest);
    }
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    this.#bytes -= slot.bytes;
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#bytes = 0;
  }
}
