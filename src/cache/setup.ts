import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Duration, parseDuration } from "../runtime/duration.ts";
import { MemoryTier } from "../runtime/lru.ts";
import { Flights } from "../runtime/single-flight.ts";
import { anchorOf, type Scope } from "./context/context.ts";
import type { Isolate } from "./context/isolate.ts";
import type { Reporter } from "./entry/events.ts";
import { jsonCodec } from "./entry/json.ts";
import {
  FLIGHT_EXPIRY_MS,
  MAX_VALUE_LENGTH,
  MEMORY_MAX_BYTES,
  MEMORY_MAX_ENTRIES,
  MEMORY_TTL_SECONDS,
} from "./entry/limits.ts";
import type { CoreKindOptions } from "./entry/policy.ts";
import type { Witness } from "./invalidation/invalidation-source.ts";
import { type Epoch, LocalFence } from "./invalidation/local-fence.ts";
import type { Codec, ExecutionContextLike } from "./stores/store.ts";
import type { StoreTier } from "./tiers/store-tier.ts";

/** Options of every cache; those of entries are defaults for every key. */
export interface CommonOptions extends CoreKindOptions {
  /**
   * What lets refreshes and writes outlive the response: the `ctx` of the request. Without it a leader that is
   * cancelled takes its load along, and callers wait for the store to be written.
   */
  readonly ctx?: ExecutionContextLike;
  /** Bounds of the memory tier, which the first cache over a store sets for its isolate; `false`: no memory tier. */
  readonly memory?: MemoryOptions | false;
  /** Options by the first level of the key: `user` for `user:1:profile`. */
  readonly kinds?: Readonly<Record<string, CoreKindOptions>>;
  /** Hears everything that happens. It should not throw; if it does, nobody hears of that. */
  readonly onEvent?: Reporter;
  /** Default 1 MiB (1,048,576), in characters of encoded text: longer values are not stored. */
  readonly maxValueLength?: number;
  readonly codec?: Codec;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: the jitter's randomness, 0 to 1. */
  readonly random?: () => number;
}

/** Bounds of the memory tier of an isolate. */
export interface MemoryOptions {
  /** Default 16 MiB, counted as text. */
  readonly maxBytes?: number;
  /** Default 10,000. */
  readonly maxEntries?: number;
  /** How long memory is believed without asking the store; without a store that is for ever. Default `"10s"`. */
  readonly ttl?: Duration;
}

/** What differs between caches of one core. */
export interface Kind {
  readonly clock?: Clock | undefined;
  /** How it learns what others have invalidated. */
  readonly witness: (clock: Clock, epoch: Epoch) => Witness;
  /** True when nothing is learned by asking the store again. */
  readonly proven?: boolean;
  readonly namesOf: Isolate["namesOf"];
  readonly tag?: Isolate["tag"];
}

export function openIsolate(options: CommonOptions, store: StoreTier | undefined, kind: Kind): Isolate {
  const { memory = {} } = options;
  const clock = options.clock ?? kind.clock ?? systemClock;
  const given: MemoryOptions = memory === false ? { maxBytes: 0 } : memory;
  const { maxBytes = MEMORY_MAX_BYTES, maxEntries = MEMORY_MAX_ENTRIES, ttl = MEMORY_TTL_SECONDS } = given;
  const learns = store !== undefined && kind.proven !== true;
  const memoryTtlMs = learns ? parseDuration(ttl) : Number.POSITIVE_INFINITY;
  const epoch = { value: 0 };
  const witness = kind.witness(clock, epoch);
  return {
    clock,
    epoch,
    fence: new LocalFence(epoch),
    flights: new Flights(clock, FLIGHT_EXPIRY_MS),
    memory: new MemoryTier({ maxBytes, maxEntries }),
    store,
    witness,
    namesOf: kind.namesOf,
    tag: kind.tag,
    memoryTtlMs,
    memoryHits: 0,
  };
}

export function scopeOver(isolate: Isolate, options: CommonOptions, count?: Reporter): Scope {
  const { ctx, onEvent, kinds = {}, codec = jsonCodec, maxValueLength = MAX_VALUE_LENGTH } = options;
  return {
    isolate,
    path: "",
    anchor: anchorOf(ctx),
    anchored: ctx !== undefined,
    heard: onEvent !== undefined,
    report: (event) => {
      count?.(event);
      try {
        onEvent?.(event);
      } catch {
        // A reporter that fails must not fail a read.
      }
    },
    defaults: options,
    kinds,
    codec,
    maxValueLength,
    random: options.random ?? Math.random,
  };
}
