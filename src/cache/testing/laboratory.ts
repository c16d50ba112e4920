// For tests: isolates over one store, in virtual time, with a trace of all events.

import { VirtualClock } from "../../runtime/virtual-clock.ts";
import type { Cache } from "../cache.ts";
import { type CacheOptions, createCache } from "../create.ts";
import type { CacheEvent } from "../entry/events.ts";
import { memoryStore } from "../stores/memory-store.ts";
import type { Store } from "../stores/store.ts";

interface LaboratoryIsolate {
  readonly cache: Cache;
  /** Another cache in the same isolate, as for another request. */
  readonly again: (options?: CacheOptions) => Cache;
  readonly trace: string[];
}

export interface Laboratory {
  readonly clock: VirtualClock;
  readonly store: Store;
  /** Opens an isolate. Memory is shared by the identity of the store, so each isolate gets a wrapper of it. */
  readonly isolate: (options?: CacheOptions) => LaboratoryIsolate;
  /** Waits for all anchored work. */
  readonly background: () => Promise<void>;
}

export function laboratory(store?: Store): Laboratory {
  const clock = new VirtualClock();
  const shared = store ?? memoryStore(clock);
  const work: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
  return {
    clock,
    store: shared,
    isolate: (options = {}) => {
      const own = { ...shared };
      const trace: string[] = [];
      const again = (more: CacheOptions = {}) =>
        createCache({
          store: own,
          clock,
          ctx,
          jitter: 0,
          ...options,
          ...more,
          onEvent: (event) => {
            trace.push(line(event));
            options.onEvent?.(event);
          },
        });
      return { cache: again(), again, trace };
    },
    background: async () => {
      while (work.length > 0) await work.shift();
    },
  };
}

function line(event: CacheEvent): string {
  switch (event.type) {
    case "hit":
      return `hit ${event.tier} ${event.key}`;
    case "stale":
      return `stale ${event.reason} ${event.tier} ${event.key}`;
    case "miss":
    case "refuse":
      return `${event.type} ${event.reason} ${event.key}`;
    case "invalidate":
      return `invalidate ${JSON.stringify(event, (name, value) => (name === "type" ? undefined : value))}`;
    case "coarser":
    case "unwatched":
      return `${event.type} ${event.table}`;
    case "store-error":
      return `store-error ${event.operation}`;
    default:
      return `${event.type} ${event.key}`;
  }
}

/** A load that counts its calls, and returns `v1`, `v2`, … */
export function counter(): { readonly load: () => Promise<string>; readonly calls: () => number } {
  let calls = 0;
  return { load: async () => `v${++calls}`, calls: () => calls };
}

/** A load that ends when the test says so. */
export function gate<T>(): {
  readonly load: () => Promise<T>;
  readonly calls: () => number;
  readonly open: (value: T) => void;
  readonly fail: (error: unknown) => void;
} {
  let calls = 0;
  const waiting: PromiseWithResolvers<T>[] = [];
  return {
    load: () => {
      calls++;
      const next = Promise.withResolvers<T>();
      waiting.push(next);
      return next.promise;
    },
    calls: () => calls,
    open: (value) => waiting.shift()?.resolve(value),
    fail: (error) => waiting.shift()?.reject(error),
  };
}
