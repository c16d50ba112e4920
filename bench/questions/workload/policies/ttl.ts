import { noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { placeOf } from "../network.ts";
import type { ReadArrival } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

interface Copy {
  readonly text: string;
  readonly fetchedAt: number;
}

/** Workers KV shows a place what it has read within the minute, so with a shorter life nobody would ask it. */
const LEAST_FOR_KV_MS = 60_000;

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
      const kv = ttlMs < LEAST_FOR_KV_MS ? null : new Kv<Copy>(timeline, network, counts);
      const memories = Array.from({ length: isolates }, () => new Map<string, Copy>());
      const flights = Array.from({ length: isolates }, () => new Map<string, Promise<string>>());
      const tally = { hits: 0 };
      const ageOf = ({ fetchedAt }: Copy) => timeline.now - fetchedAt;

      const load = async (key: string, arrival: ReadArrival): Promise<string> => {
        const { isolate } = arrival;
        const place = placeOf(network, isolate);
        const stored = (await kv?.get(place, key)) ?? null;
        if (stored !== null && ageOf(stored) < ttlMs) {
          tally.hits++;
          memories[isolate]?.set(key, stored);
          return stored.text;
        }
        const fetchedAt = timeline.now;
        const copy = { text: await askOrigin(surroundings, arrival, counts), fetchedAt };
        memories[isolate]?.set(key, copy);
        void kv?.put(place, key, copy, ttlMs);
        return copy.text;
      };
      const once = (key: string, arrival: ReadArrival): Promise<string> => {
        const own = flights[arrival.isolate];
        const under = own?.get(key);
        if (under !== undefined) return under;
        const flight = load(key, arrival).finally(() => own?.delete(key));
        own?.set(key, flight);
        return flight;
      };
      return {
        read(arrival) {
          const key = keyOf(arrival);
          const copy = memories[arrival.isolate]?.get(key);
          if (copy === undefined || ageOf(copy) >= ttlMs + staleMs) return once(key, arrival);
          if (ageOf(copy) >= ttlMs) void once(key, arrival);
          tally.hits++;
          return copy.text;
        },
        tally: () => ({ ...tally }),
        used: () => ({ ...counts }),
      };
    },
  };
}
