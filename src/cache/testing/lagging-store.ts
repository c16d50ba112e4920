import type { VirtualClock } from "../../runtime/virtual-clock.ts";
import { memoryStore } from "../stores/memory-store.ts";
import type { Store } from "../stores/store.ts";

/** Each read may see any of the last few values of a key: worse than KV. */
export function laggingStore(clock: VirtualClock, random: () => number): Store {
  const store = memoryStore(clock);
  const history = new Map<string, string[]>();
  return {
    ...store,
    put: async (key, text, seconds) => {
      history.set(key, [...(history.get(key) ?? []).slice(-3), text]);
      await store.put(key, text, seconds);
    },
    get: async (key) => {
      const past = history.get(key) ?? [];
      return random() < 0.5 ? await store.get(key) : past[Math.floor(random() * past.length)];
    },
    getMany: async (keys) => new Map(keys.map((key) => [key, history.get(key)?.[0] ?? null])),
  };
}
