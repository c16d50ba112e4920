import { noCounts } from "../../workload/counts.ts";
import { CLAIRVOYANT, NO_CACHE } from "../../workload/policies/limits.ts";
import { askOrigin, type Policy } from "../../workload/policies/policy.ts";
import { ttlPolicy } from "../../workload/policies/ttl.ts";

/** Of those who cache signed-in readers by time, many set less; what they would set more is staler. */
const TTL_MS = 60_000;

/** A shared cache that honours `Vary: Authorization`, so that a new token is a new reader. */
const BY_TOKEN = ttlPolicy(
  "TTL 60 s by token",
  TTL_MS,
  0,
  ({ query, session }) => `${session?.token} ${query.path}`,
);

/** By the `sub` of a verified token, as careful people write it themselves. */
const BY_USER = ttlPolicy(
  "TTL 60 s by user",
  TTL_MS,
  0,
  ({ query, session }) => `${session?.user} ${query.path}`,
);

/** Somebody has declared correctly which queries everybody may share. */
const BY_SCOPE = ttlPolicy("TTL 60 s by declared scope", TTL_MS, 0, ({ query }) =>
  query.user === null ? query.path : `${query.user} ${query.path}`,
);

/**
 * A clairvoyant that also knows when two users' answers happen to be the same, such as the notes of their team: it asks
 * only for bytes that it has never seen. No rule about who may see what can do that.
 */
const OMNISCIENT: Policy = {
  name: "clairvoyant of bytes",
  boundMs: 0,
  hasWorker: false,
  async start(surroundings) {
    const { origin } = surroundings;
    const [counts, tally] = [noCounts(), { hits: 0 }];
    const seen = new Set<string>();
    const flights = new Map<string, Promise<string>>();
    return {
      read(arrival) {
        const { query } = arrival;
        const name = `${query.path} ${origin.digest(query)}`;
        if (seen.has(name)) {
          tally.hits++;
          return surroundings.timeline.hold(origin.answer(query));
        }
        const flight = flights.get(name);
        if (flight !== undefined) return flight;
        const text = askOrigin(surroundings, arrival, counts).then((answer) => {
          flights.delete(name);
          seen.add(`${query.path} ${origin.digestOf(query, answer)}`);
          return answer;
        });
        flights.set(name, text);
        return text;
      },
      used: () => ({ ...counts }),
      tally: () => ({ ...tally }),
    };
  },
};

export const RIVALS: readonly Policy[] = [NO_CACHE, BY_TOKEN, BY_USER, BY_SCOPE];
export const LIMITS: readonly Policy[] = [CLAIRVOYANT, OMNISCIENT];
