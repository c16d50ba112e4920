import { noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { placeOf } from "../network.ts";
import type { Query, ReadArrival } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

interface Copy {
  readonly text: string;
  /** How many writes had dropped one of its tags before the origin was asked. */
  readonly dropped: number;
}

/**
 * Tags by hand, by somebody who forgets none: each write drops everything that it may change. Every isolate hears of it at
 * the commit, which is more than such caches get in practice; so nothing is ever stale.
 */
export const HAND_TAGS: Policy = {
  name: "tags by hand",
  boundMs: 0,
  hasWorker: true,
  async start(surroundings) {
    const { timeline, network, isolates } = surroundings;
    const counts = noCounts();
    const tally = { hits: 0 };
    const kv = new Kv<Copy>(timeline, network, counts);
    const drops = new Map<string, number>();
    const memories = Array.from({ length: isolates }, () => new Map<Query, Copy>());
    const flights = Array.from({ length: isolates }, () => new Map<string, Promise<string>>());
    const droppedOf = ({ tags }: Query) => tags.reduce((sum, tag) => sum + (drops.get(tag) ?? 0), 0);

    const load = async (arrival: ReadArrival): Promise<string> => {
      const { query, isolate } = arrival;
      const stored = await kv.get(placeOf(network, isolate), query.path);
      const dropped = droppedOf(query);
      if (stored?.dropped === dropped) {
        tally.hits++;
        memories[isolate]?.set(query, stored);
        return stored.text;
      }
      const copy = { text: await askOrigin(surroundings, arrival, counts), dropped };
      memories[isolate]?.set(query, copy);
      void kv.put(placeOf(network, isolate), query.path, copy, 3_600_000);
      return copy.text;
    };
    return {
      read(arrival) {
        const { query, isolate } = arrival;
        const dropped = droppedOf(query);
        const copy = memories[isolate]?.get(query);
        if (copy?.dropped === dropped) {
          tally.hits++;
          return copy.text;
        }
        // A flight from before the last drop may bring what was true before it.
        const name = `${query.id} ${dropped}`;
        const flight = flights[isolate]?.get(name);
        if (flight !== undefined) return flight;
        const text = load(arrival).finally(() => flights[isolate]?.delete(name));
        flights[isolate]?.set(name, text);
        return text;
      },
      wrote({ tags }) {
        for (const tag of tags) drops.set(tag, (drops.get(tag) ?? 0) + 1);
      },
      tally: () => ({ ...tally }),
      used: () => ({ ...counts }),
    };
  },
};
