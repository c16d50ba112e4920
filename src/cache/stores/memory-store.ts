import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Store } from "./store.ts";

/** A store in this process's memory, without bounds: for tests, for development, and as an example of a `Store`. */
export function memoryStore(clock: Clock = systemClock): Store {
  const slots = new Map<string, { readonly text: string; readonly expiresAt: number }>();
  const live = (key: string) => {
    const slot = slots.get(key);
    if (slot !== undefined && clock.now() < slot.expiresAt) return slot.text;
    slots.delete(key);
    return undefined;
  };
  return {
    get: async (key) => live(key),
    put: async (key, text, expiresInSeconds) => {
      slots.set(key, { text, expiresAt: clock.now() + expiresInSeconds * 1_000 });
    },
    delete: async (key) => {
      slots.delete(key);
    },
    getMany: async (keys) => new Map(keys.map((key) => [key, live(key) ?? null])),
    list: async (prefix, { limit, cursor }) => {
      const matching = [...slots.keys()]
        .filter((key) => key.startsWith(prefix) && live(key) !== undefined)
        .filter((key) => cursor === undefined || key > cursor)
        .sort();
      const keys = matching.slice(0, limit);
      return { keys, cursor: matching.length > limit ? keys.at(-1) : undefined };
    },
  };
}
