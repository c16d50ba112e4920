/** One value, linked to the values used just before and just after it. */
interface Slot<V, K> {
  readonly key: K;
  readonly value: V;
  readonly bytes: number;
  older: Slot<V, K>;
  newer: Slot<V, K>;
}

export interface LruLimits {
  /** At most this many bytes, as counted by the callers of `set`. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * A least-recently-used map, bounded by bytes and by entries. Slots form a ring from least to most recently used. A hit
 * only relinks a few slots; deleting a key from a `Map` and adding it back would hash it twice.
 */
export class Lru<V, K extends string | number = string> {
  readonly #slots = new Map<K, Slot<V, K>>();
  readonly #limits: LruLimits;
  /** Start and end of the ring: its `newer` is the oldest slot, its `older` the newest. It holds no value. */
  readonly #ring = {} as Slot<V, K>;
  /** The total of what the callers of `set` have counted. */
  bytes = 0;

  constructor(limits: LruLimits) {
    this.#limits = limits;
    this.#ring.older = this.#ring;
    this.#ring.newer = this.#ring;
  }

  get size(): number {
    return this.#slots.size;
  }

  keys(): Iterable<K> {
    return this.#slots.keys();
  }

  /** The value, which is now the most recently used; `undefined` when there is none. */
  get(key: K): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (slot !== this.#ring.older) {
      unlink(slot);
      this.#append(slot);
    }
    return slot.value;
  }

  /** The value, without using it. */
  peek(key: K): V | undefined {
    return this.#slots.get(key)?.value;
  }

  /** Stores a value. One that exceeds `maxBytes` by itself is not stored, and the key's old value is dropped. */
  set(key: K, value: V, bytes: number): void {
    const { maxBytes, maxEntries } = this.#limits;
    this.delete(key);
    if (bytes > maxBytes) return;
    const slot = { key, value, bytes, older: this.#ring, newer: this.#ring };
    this.#slots.set(key, slot);
    this.#append(slot);
    this.bytes += bytes;
    while ((this.bytes > maxBytes || this.#slots.size > maxEntries) && this.delete(this.#ring.newer.key));
  }

  /** True when there was something to delete. */
  delete(key: K): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    unlink(slot);
    this.bytes -= slot.bytes;
    return true;
  }

  #append(slot: Slot<V, K>): void {
    const ring = this.#ring;
    slot.older = ring.older;
    slot.newer = ring;
    ring.older.newer = slot;
    ring.older = slot;
  }
}

function unlink({ older, newer }: Slot<unknown, unknown>): void {
  older.newer = newer;
  newer.older = older;
}
