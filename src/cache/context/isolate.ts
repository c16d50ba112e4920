import type { Clock } from "../../runtime/clock.ts";
import type { MemoryTier } from "../../runtime/lru.ts";
import type { Flights } from "../../runtime/single-flight.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import type { Witness } from "../invalidation/invalidation-source.ts";
import type { Epoch, LocalFence } from "../invalidation/local-fence.ts";
import type { Call } from "../read/candidate.ts";
import type { StoreTier } from "../tiers/store-tier.ts";
import type { Scope } from "./context.ts";

/** What a flight brings home, for its leader and for those who joined: plain data. */
export interface Outcome {
  readonly held: Held;
  readonly from: "store" | "source";
}

export interface Tagged {
  readonly tags: readonly string[];
  readonly names: readonly Name[];
}

/** What all caches over one store share within an isolate. */
export interface Isolate {
  readonly clock: Clock;
  readonly epoch: Epoch;
  readonly fence: LocalFence;
  readonly flights: Flights<Outcome>;
  readonly memory: MemoryTier<Held>;
  readonly store: StoreTier | undefined;
  readonly witness: Witness;
  /** All names that an entry stands on, its key first, in an order that depends on nothing but the arguments. */
  readonly namesOf: (path: string, key: string, tags: readonly string[]) => readonly Name[];
  /** The tags of a value that was loaded, and its names with them; missing where there are none. */
  readonly tag?: ((scope: Scope, call: Call, loaded: unknown) => Tagged | Promise<Tagged>) | undefined;
  /** How long memory is believed without asking the store, milliseconds. */
  readonly memoryTtlMs: number;
  /** Hits in memory that nobody wanted to hear of: counted by hand, on the shortest path. */
  memoryHits: number;
}
