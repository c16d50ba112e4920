import { type Clock, systemClock } from "../runtime/clock.ts";
import type { Duration } from "../runtime/duration.ts";
import { Lru } from "../runtime/lru.ts";
import { SingleFlight } from "../runtime/single-flight.ts";
import {
  anchorOf,
  type CacheContext,
  type ExecutionContextLike,
  type Isolate,
  type StoreTier,
} from "./context/context.ts";
import { type Codec, jsonCodec } from "./entry/codec.ts";
import type { Reporter } from "./entry/events.ts";
import {
  FLIGHT_EXPIRY_MS,
  MAX_VALUE_LENGTH,
  MEMORY_MAX_BYTES,
  MEMORY_MAX_ENTRIES,
  MEMORY_TTL_SECONDS,
} from "./entry/limits.ts";
import { milliseconds, mustBeNone } from "./entry/options.ts";
import { type CoreKindOptions, resolvePolicy } from "./entry/policy.ts";
import type { InvalidationSource } from "./invalidation/invalidation-source.ts";
import { LocalFence } from "./invalidation/local-fence.ts";

/** Options of every cache. Options of entries are the defaults for all its keys. */
export interface CommonOptions extends CoreKindOptions {
  /**
   * The `ctx` of the request, which lets refreshes and writes outlive the response. Without it, callers wait until the
   * store is written, in a Worker also for refreshes, and if the caller that loads is cancelled, its load ends too.
   */
  readonly ctx?: ExecutionContextLike;
  /** The bounds of memory, set by the first cache over a store in an isolate; `false`: no memory tier. */
  readonly memory?: MemoryOptions | false;
  /** Options by the first level of the key: `user` for `user:1:profile`. */
  readonly kinds?: Readonly<Record<string, CoreKindOptions>>;
  /** Gets every event. What it throws is ignored. */
  readonly onEvent?: Reporter;
  /** Longer values are not stored. In characters of encoded text; default 1,048,576 (1 MiB). */
  readonly maxValueLength?: number;
  /** Turns values into text. Default JSON. */
  readonly codec?: Codec;
  /** For tests. Default: the platform's. */
  readonly clock?: Clock;
  /** For tests: the randomness of `jitter`, 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Bounds of the memory tier of an isolate. */
export interface MemoryOptions {
  /** The size of all keys and values as text, plus 600 for each entry. Default 16 MiB. */
  readonly maxBytes?: number;
  /** Default 10,000. */
  readonly maxEntries?: number;
  /** How long memory is served from before the store is asked again. Without a store: for ever. Default `"10s"`. */
  readonly ttl?: Duration;
}

/** What the core and the full cache do differently. */
export interface Kind extends Pick<Isolate, "namesOf" | "tag"> {
  readonly clock?: Clock | undefined;
  readonly invalidations: (local: LocalFence, clock: Clock) => InvalidationSource;
  /** True when the invalidation source covers keys, so that memory need not be checked against the store. */
  readonly proven?: boolean;
}

/** @throws CacheError `invalid-option` when `memory` is wrong */
export function openIsolate(options: CommonOptions, store: StoreTier | undefined, kind: Kind): Isolate {
  const { memory } = options;
  const clock = options.clock ?? kind.clock ?? systemClock;
  const {
    maxBytes = memory === false ? 0 : MEMORY_MAX_BYTES,
    maxEntries = MEMORY_MAX_ENTRIES,
    ttl = MEMORY_TTL_SECONDS,
    ...others
  }: MemoryOptions = memory || {};
  mustBeNone(others);
  const asksAgain = store !== undefined && kind.proven !== true;
  const memoryTtlMs = asksAgain ? milliseconds("memory.ttl", ttl) : Number.POSITIVE_INFINITY;
  const fence = new LocalFence();
  return {
    ...kind,
    clock,
    fence,
    flights: new SingleFlight(clock, FLIGHT_EXPIRY_MS),
    memory: new Lru({ maxBytes, maxEntries }),
    store,
    invalidations: kind.invalidations(fence, clock),
    memoryTtlMs,
    memoryHits: 0,
  };
}

/** In workerd, what nothing anchors ends with the response. Elsewhere it goes on. */
const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: string } };
const ENDS_WITH_RESPONSE = navigator?.userAgent === "Cloudflare-Workers";

/**
 * @param options without those that only this kind of cache has
 * @param count counts events before `onEvent` gets them
 * @throws CacheError `invalid-option` when one is wrong
 */
export function contextOver(
  isolate: Isolate,
  {
    ctx,
    onEvent,
    kinds = {},
    codec = jsonCodec,
    maxValueLength = MAX_VALUE_LENGTH,
    random = Math.random,
    memory: _memory,
    clock: _clock,
    ...defaults
  }: CommonOptions,
  count?: Reporter,
): CacheContext {
  resolvePolicy(defaults, undefined, {});
  return {
    isolate,
    path: "",
    anchor: anchorOf(ctx),
    anchored: ctx !== undefined,
    outlives: ctx !== undefined || !ENDS_WITH_RESPONSE,
    heard: onEvent !== undefined,
    report: (event) => {
      count?.(event);
      try {
        onEvent?.(event);
      } catch {
        // A reporter that fails must not fail a read.
      }
    },
    defaults,
    kinds,
    codec,
    maxValueLength,
    random,
  };
}
