interface Slot<V> {
  readonly key: string;
  readonly value: V;
  readonly bytes: number;
  older: Slot<V> | undefined;
  newer: Slot<V> | undefined;
}

export interface MemoryTierLimits {
  /** At most this many bytes, as the callers of `set` count them. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * A least-recently-used map, bounded by bytes and by entries. Slots are linked from the least to the most recently
 * used: a hit moves two links, where deleting from and adding to a `Map` would rehash the key twice.
 */
export class MemoryTier<V> {
  readonly #slots = new Map<string, Slot<V>>();
  readonly #limits: MemoryTierLimits;
  #oldest: Slot<V> | undefined;
  #newest: Slot<V> | undefined;
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
    if (slot !== this.#newest) {
      this.#unlink(slot);
      this.#append(slot);
    }
    return slot.value;
  }

  /** Stores a value; one that alone exceeds the limit is not stored, and what stood there is dropped. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    if (bytes > this.#limits.maxBytes) return;
    const slot: Slot<V> = { key, value, bytes, older: undefined, newer: undefined };
    this.#slots.set(key, slot);
    this.#append(slot);
    this.#bytes += bytes;
    while (
      this.#oldest !== undefined &&
      (this.#bytes > this.#limits.maxBytes || this.#slots.size > this.#limits.maxEntries)
    ) {
      this.delete(this.#oldest.key);
    }
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    this.#unlink(slot);
    this.#bytes -= slot.bytes;
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#bytes = 0;
  }

  #append(slot: Slot<V>): void {
    slot.older = this.#newest;
    slot.newer = undefined;
    if (this.#newest === undefined) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
  }

  #unlink(slot: Slot<V>): void {
    if (slot.older === undefined) this.#oldest = slot.newer;
    else slot.older.newer = slot.newer;
    if (slot.newer === undefined) this.#newest = slot.older;
    else slot.newer.older = slot.older;
  }
}
