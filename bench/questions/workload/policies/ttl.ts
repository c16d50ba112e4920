import { noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { placeOf } from "../network.ts";
import type { Query } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

interface Copy {
  readonly text: string;
  readonly fetchedAt: number;
}

/**
 * The cache that people write themselves, without the usual mistakes: memory, then KV, then the origin once per
 * isolate; a copy's age counts from its fetch, wherever it is found.
 */
export function ttlPolicy(name: string, ttlMs: number, staleMs: number): Policy {
  return {
    name,
    boundMs: ttlMs + staleMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates } = surroundings;
      const counts = noCounts();
      const kv = new Kv<Copy>(timeline, network, counts);
      const memories = Array.from({ length: isolates }, () => new Map<Query, Copy>());
      const flights = Array.from({ length: isolates }, () => new Map<Query, Promise<string>>());
      const ageOf = ({ fetchedAt }: Copy) => timeline.now - fetchedAt;

      const load = async (query: Query, isolate: number): Promise<string> => {
        const stored = await kv.get(placeOf(isolate), query.path);
        if (stored !== null && ageOf(stored) < ttlMs) {
          memories[isolate]?.set(query, stored);
          return stored.text;
        }
        const fetchedAt = timeline.now;
        const text = await askOrigin(surroundings, query, counts);
        const copy = { text, fetchedAt };
        memories[isolate]?.set(query, copy);
        void kv.put(placeOf(isolate), query.path, copy, ttlMs);
        return text;
      };
      const once = (query: Query, isolate: number): Promise<string> => {
        const under = flights[isolate]?.get(query);
        if (under !== undefined) return under;
        const flight = load(query, isolate).finally(() => flights[isolate]?.delete(query));
        flights[isolate]?.set(query, flight);
        return flight;
      };
      return {
        read({ query, isolate }) {
          const copy = memories[isolate]?.get(query);
          if (copy !== undefined && ageOf(copy) < ttlMs) return copy.text;
          if (copy === undefined || ageOf(copy) >= ttlMs + staleMs) return once(query, isolate);
          void once(query, isolate);
          return copy.text;
        },
        used: () => ({ ...counts }),
      };
    },
  };
}
