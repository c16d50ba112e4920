import type { Clock } from "../../runtime/clock.ts";
import type { Lru } from "../../runtime/lru.ts";
import type { SingleFlight } from "../../runtime/single-flight.ts";
import type { Codec } from "../entry/codec.ts";
import type { Miss } from "../entry/events.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import type { KindOptions } from "../entry/policy.ts";
import type { Asker, InvalidationSource } from "../invalidation/invalidation-source.ts";
import type { LocalFence } from "../invalidation/local-fence.ts";
import type { NamedStore } from "../stores/named-store.ts";
import type { Call, Candidate, Landing } from "./call.ts";

/** A cache as one request sees it: what its isolate shares, its namespace, and how it reports and outlives a response. */
export interface CacheContext extends Asker {
  readonly isolate: Isolate;
  /** The namespace; empty for the root. */
  readonly path: string;
  /** True when `anchor` really lets work outlive the response. */
  readonly anchored: boolean;
  /** True when work that nobody waits for goes on, by `anchor` or because the platform lets it. */
  readonly outlives: boolean;
  /** True when `report` has a listener besides the statistics. */
  readonly heard: boolean;
  readonly defaults: KindOptions;
  readonly kinds: Readonly<Record<string, KindOptions>>;
  readonly codec: Codec;
  readonly maxValueLength: number;
  readonly random: () => number;
}

/** What all caches over one store share within an isolate. */
export interface Isolate {
  readonly clock: Clock;
  readonly fence: LocalFence;
  readonly flights: SingleFlight<Landing>;
  readonly memory: Lru<MemoryEntry>;
  readonly store: StoreTier | undefined;
  readonly invalidations: InvalidationSource;
  /** All names of an entry, its key first, in an order that depends only on the arguments. */
  readonly namesOf: (path: string, key: string, tags: readonly string[]) => readonly Name[];
  /** The tags of a loaded value, and its names including them. Missing where there are no tags. */
  readonly tag?:
    | ((context: CacheContext, call: Call, loaded: unknown) => Tagged | Promise<Tagged>)
    | undefined;
  /** How long memory is served from before the store is asked again, milliseconds. */
  readonly memoryTtlMs: number;
  /** Memory hits without a listener, which are counted here to keep the shortest path short. */
  memoryHits: number;
}

export interface Tagged {
  readonly tags: readonly string[];
  readonly names: readonly Name[];
}

/** The second tier of a cache. An interface, so that a cache that has only memory does not ship the code. */
export interface StoreTier extends NamedStore {
  /** What it has for a call, judged after `learning` has ended, or why it has nothing. Never rejects. */
  find(context: CacheContext, call: Call, learning: Promise<void> | undefined): Promise<Candidate | Miss>;
  /** Stores an entry unless it is invalidated meanwhile. Resolves to true when it is stored; never rejects. */
  put(context: CacheContext, qualified: string, entry: MemoryEntry): Promise<boolean>;
  /** Removes qualified keys. @throws CacheError `invalidation-failed` */
  remove(context: CacheContext, keys: readonly string[]): Promise<void>;
}

/**
 * What lets work outlive a response: the `ctx` of a Worker, Hono's `c.executionCtx`, a Durable Object's `ctx`, or
 * `{ waitUntil }` from `cloudflare:workers`.
 */
export interface ExecutionContextLike {
  waitUntil(work: Promise<unknown>): void;
}

/** Lets work outlive the response. Its failures are reported as events, never as unhandled rejections. */
export function anchorOf(ctx: ExecutionContextLike | undefined): Asker["anchor"] {
  return (work) => {
    const settled = work.catch(() => {});
    ctx?.waitUntil(settled);
  };
}
