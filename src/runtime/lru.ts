/** One value, between the one used before it and the one used after it. */
interface Slot<V> {
  readonly key: string;
  readonly value: V;
  readonly bytes: number;
  older: Slot<V>;
  newer: Slot<V>;
}

export interface MemoryTierLimits {
  /** At most this many bytes, as the callers of `set` count them. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * A least-recently-used map, bounded by bytes and by entries. Slots are linked in a ring, from the least to the most
 * recently used: a hit moves a few links, where deleting from and adding to a `Map` would rehash the key twice.
 */
export class MemoryTier<V> {
  readonly #slots = new Map<string, Slot<V>>();
  readonly #limits: MemoryTierLimits;
  /** Where the ring begins and ends: `newer` is the oldest slot, `older` the newest. It has no value. */
  readonly #ring = {} as Slot<V>;
  /** As the callers of `set` count them. */
  bytes = 0;

  constructor(limits: MemoryTierLimits) {
    this.#limits = limits;
    this.#ring.older = this.#ring;
    this.#ring.newer = this.#ring;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: string): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (slot !== this.#ring.older) {
      unlink(slot);
      this.#append(slot);
    }
    return slot.value;
  }

  /** Stores a value; one that alone exceeds the limit is not stored, and what stood there is dropped. */
  set(key: string, value: V, bytes: number): void {
    const { maxBytes, maxEntries } = this.#limits;
    this.delete(key);
    if (bytes > maxBytes) return;
    const slot = { key, value, bytes, older: this.#ring, newer: this.#ring };
    this.#slots.set(key, slot);
    this.#append(slot);
    this.bytes += bytes;
    while ((this.bytes > maxBytes || this.#slots.size > maxEntries) && this.delete(this.#ring.newer.key));
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    unlink(slot);
    this.bytes -= slot.bytes;
    return true;
  }

  #append(slot: Slot<V>): void {
    const ring = this.#ring;
    slot.older = ring.older;
    slot.newer = ring;
    ring.older.newer = slot;
    ring.older = slot;
  }
}

function unlink({ older, newer }: Slot<unknown>): void {
  older.newer = newer;
  newer.older = older;
}
