import { type Counts, noCounts } from "../counts.ts";
import { Kv } from "../kv.ts";
import { placeOf } from "../network.ts";
import type { Query } from "../trace/trace.ts";
import { askOrigin, type Policy } from "./policy.ts";

/** A library's environment in one isolate: a store that keeps text, like Workers KV, and the lifetime of entries. */
export interface LibraryParts {
  readonly get: (key: string) => Promise<string | null>;
  readonly put: (key: string, text: string, ttlMs: number) => Promise<void>;
  readonly load: (key: string) => Promise<string>;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Its cache-aside call, set up as documented. */
export type Library = (parts: LibraryParts) => (key: string) => Promise<string>;

export const TTL_MS = 60_000;

/** Workers KV takes no expiry below a minute. */
const LEAST_EXPIRY_MS = 60_000;

/**
 * One instance for each isolate, as in a Worker; they share only KV.
 *
 * @param boundMs how old its answers may be by its own settings; null: any age
 */
export function libraryPolicy(name: string, boundMs: number | null, library: Library): Policy {
  return {
    name,
    boundMs,
    hasWorker: true,
    async start(surroundings) {
      const { timeline, network, isolates, queries } = surroundings;
      const counts: Counts = noCounts();
      const kv = new Kv<string>(timeline, network, counts);
      const byPath = new Map(queries.map((query) => [query.path, query]));
      const instances = Array.from({ length: isolates }, (_, isolate) =>
        library({
          get: (key) => kv.get(placeOf(network, isolate), key),
          put: (key, text, ttlMs) =>
            kv.put(placeOf(network, isolate), key, text, Math.max(LEAST_EXPIRY_MS, ttlMs)),
          load: (key) => askOrigin(surroundings, { query: byPath.get(key) as Query, isolate }, counts),
          waitUntil: (work) => void work.catch(() => {}),
        }),
      );
      return {
        read: ({ query, isolate }) => (instances[isolate] as (key: string) => Promise<string>)(query.path),
        used: () => ({ ...counts }),
      };
    },
  };
}
