import type { Store } from "../stores/store.ts";

/** How often a store fails, loses or delays, and what decides it. */
export interface ChaosOptions {
  /** The same seed gives the same misfortunes. */
  readonly seed: number;
  /** Share of operations that throw, 0 to 1. Half of the writes among them still take effect. Default 0.1. */
  readonly errors?: number;
  /** Share of operations that answer some promise turns late. Default 0.3. */
  readonly delays?: number;
  /** Share of writes that store only the beginning of the text. Default 0.1. */
  readonly tornWrites?: number;
  /** Share of writes and deletions that are acknowledged at once and take effect a few operations later. Default 0.1. */
  readonly lateWrites?: number;
}

/** A store on a bad day: it may return old or torn text, or none, or throw. For tests of a cache over `store`. */
export function chaosStore(store: Store, options: ChaosOptions): Store {
  const { seed, errors = 0.1, delays = 0.3, tornWrites = 0.1, lateWrites = 0.1 } = options;
  const random = randomFrom(seed);
  const happens = (share: number) => random() < share;
  let late: { after: number; effect: () => Promise<void> }[] = [];

  const around = async <T>(operation: () => Promise<T>): Promise<T> => {
    for (const one of late) one.after--;
    const due = late.filter((one) => one.after <= 0);
    late = late.filter((one) => one.after > 0);
    for (const one of due) await one.effect();
    if (happens(delays)) {
      for (let turns = Math.floor(random() * 20); turns > 0; turns--) await Promise.resolve();
    }
    return await operation();
  };
  const write = (effect: () => Promise<void>) =>
    around(async () => {
      if (happens(errors)) {
        if (happens(0.5)) await effect();
        throw new Error("chaos: a write failed");
      }
      if (happens(lateWrites)) late.push({ after: 1 + Math.floor(random() * 10), effect });
      else await effect();
    });
  const read = <T>(operation: () => Promise<T>) =>
    around(async () => {
      if (happens(errors)) throw new Error("chaos: a read failed");
      return await operation();
    });

  return {
    get: (key) => read(() => store.get(key)),
    put: (key, text, expiresInSeconds) => {
      const stored = happens(tornWrites) ? text.slice(0, Math.floor(random() * text.length)) : text;
      return write(() => store.put(key, stored, expiresInSeconds));
    },
    delete: (key) => write(() => store.delete(key)),
    ...(store.getMany && { getMany: (keys) => read(async () => (await store.getMany?.(keys)) ?? new Map()) }),
    ...(store.list && {
      list: (prefix, page) => read(async () => (await store.list?.(prefix, page)) ?? { keys: [] }),
    }),
  };
}

/** Mulberry32: small, and good enough to choose misfortunes. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
