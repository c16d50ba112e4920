import { noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { placeOf } from "../network.ts";
import type { Query, ReadArrival } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

interface Copy {
  readonly text: string;
  readonly fetchedAt: number;
}

/**
 * The cache that people write themselves, without the usual mistakes: memory, then KV, then the origin once per
 * isolate; a copy's age counts from its fetch, wherever it is found.
 */
export function ttlPolicy(
  name: string,
  ttlMs: number,
  staleMs: number,
  keyOf: (arrival: ReadArrival) => string = ({ query }) => query.path,
): Policy {
  return {
    name,
    boundMs: ttlMs + staleMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates } = surroundings;
      const counts = noCounts();
      const kv = new Kv<Copy>(timeline, network, counts);
      const memories = Array.from({ length: isolates }, () => new Map<string, Copy>());
      const flights = Array.from({ length: isolates }, () => new Map<string, Promise<string>>());
      const tally = { hits: 0 };
      const ageOf = ({ fetchedAt }: Copy) => timeline.now - fetchedAt;

      const load = async (key: string, query: Query, isolate: number): Promise<string> => {
        const stored = await kv.get(placeOf(isolate), key);
        if (stored !== null && ageOf(stored) < ttlMs) {
          tally.hits++;
          memories[isolate]?.set(key, stored);
          return stored.text;
        }
        const fetchedAt = timeline.now;
        const text = await askOrigin(surroundings, query, counts);
        const copy = { text, fetchedAt };
        memories[isolate]?.set(key, copy);
        void kv.put(placeOf(isolate), key, copy, ttlMs);
        return text;
      };
      const once = (key: string, query: Query, isolate: number): Promise<string> => {
        const under = flights[isolate]?.get(key);
        if (under !== undefined) return under;
        const flight = load(key, query, isolate).finally(() => flights[isolate]?.delete(key));
        flights[isolate]?.set(key, flight);
        return flight;
      };
      return {
        read(arrival) {
          const { query, isolate } = arrival;
          const key = keyOf(arrival);
          const copy = memories[isolate]?.get(key);
          if (copy === undefined || ageOf(copy) >= ttlMs + staleMs) return once(key, query, isolate);
          if (ageOf(copy) >= ttlMs) void once(key, query, isolate);
          tally.hits++;
          return copy.text;
        },
        tally: () => ({ ...tally }),
        used: () => ({ ...counts }),
      };
    },
  };
}
