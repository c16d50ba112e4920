import { noCounts } from "../counts.ts";
import type { Query } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

/** Every read goes to the database. */
export const NO_CACHE: Policy = {
  name: "no cache",
  boundMs: 0,
  hasWorker: false,
  async start(surroundings) {
    const counts = noCounts();
    return { read: (arrival) => askOrigin(surroundings, arrival, counts), used: () => ({ ...counts }) };
  },
};

/**
 * A cache that knows whether each answer is still current, and shares it worldwide in no time: it requests what has
 * changed, once, on the next read. No cache can make fewer requests and never be stale.
 */
export const CLAIRVOYANT: Policy = {
  name: "clairvoyant",
  boundMs: 0,
  hasWorker: false,
  async start(surroundings) {
    const counts = noCounts();
    const tally = { hits: 0 };
    const held = new Map<Query, { readonly digest: string; readonly text: string }>();
    const flights = new Map<Query, { readonly digest: string; readonly text: Promise<string> }>();
    const { origin } = surroundings;
    return {
      read(arrival) {
        const { query } = arrival;
        const digest = origin.digest(query);
        const known = held.get(query);
        if (known?.digest === digest) {
          tally.hits++;
          return known.text;
        }
        const flight = flights.get(query);
        if (flight?.digest === digest) return flight.text;
        const text = askOrigin(surroundings, arrival, counts).then((answer) => {
          const shown = origin.digestOf(query, answer);
          held.set(query, { digest: shown, text: answer });
          if (flights.get(query)?.text === text) flights.delete(query);
          return answer;
        });
        flights.set(query, { digest, text });
        return text;
      },
      used: () => ({ ...counts }),
      tally: () => ({ ...tally }),
    };
  },
};
