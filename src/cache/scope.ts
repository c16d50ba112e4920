import type { Clock } from "./clock.ts";
import { Flights } from "./coalesce.ts";
import type { Held } from "./held.ts";
import { kindOf, namesUser, qualify } from "./keys.ts";
import { FLIGHT_EXPIRY_MS, MEMORY_ENTRY_BYTES } from "./limits.ts";
import { type Epoch, LocalFence } from "./local-fence.ts";
import { MemoryTier, type MemoryTierLimits } from "./memory-tier.ts";
import { type KindOptions, type Policy, resolvePolicy, type SomeLoadOptions } from "./policy.ts";
import type { Codec, ExecutionContextLike, StandardSchema } from "./ports.ts";
import type { Tally } from "./statistics.ts";
import type { StoreTier } from "./store-tier.ts";
import type { Asker, Witness } from "./witness.ts";

/** What a flight brings home, for its leader and for those who joined: plain data. */
export interface Outcome {
  readonly held: Held;
  readonly from: "store" | "load";
}

/** What all caches over one store share within an isolate. */
export class Isolate {
  readonly clock: Clock;
  readonly epoch: Epoch;
  readonly fence: LocalFence;
  readonly flights: Flights<Outcome>;
  readonly memory: MemoryTier<Held>;
  readonly tally: Tally;
  readonly store: StoreTier | undefined;
  readonly witness: Witness;
  /** How long memory is believed without asking the store, milliseconds. */
  readonly memoryTtlMs: number;

  constructor(
    clock: Clock,
    epoch: Epoch,
    tally: Tally,
    memory: MemoryTierLimits,
    memoryTtlMs: number,
    store: StoreTier | undefined,
    witness: Witness,
  ) {
    this.clock = clock;
    this.epoch = epoch;
    this.tally = tally;
    this.fence = new LocalFence(epoch);
    this.flights = new Flights(clock, FLIGHT_EXPIRY_MS);
    this.memory = new MemoryTier(memory);
    this.memoryTtlMs = memoryTtlMs;
    this.store = store;
    this.witness = witness;
  }

  hold(qualified: string, held: Held, length: number): void {
    // What the store has may be what just failed to be refreshed.
    held.retryAt = this.memory.get(qualified)?.retryAt ?? 0;
    this.memory.set(qualified, held, length + 2 * qualified.length + MEMORY_ENTRY_BYTES);
  }

  /** May `held` be served, as far as is known without asking anybody? */
  judge(held: Held, readStart: number): "accepted" | "lapsing" | "refused" | "unknown" {
    if (!this.fence.accepts(held.names, held)) return "refused";
    const { verdict, until, asOf } = this.witness.judge(held.names, held.note, held.provenAt, readStart);
    if (verdict === "accepted") {
      held.provenAt = Math.max(held.provenAt, asOf);
      held.quietEpoch = this.epoch.value;
      held.quietUntil = Math.min(until, held.memoryUntil, held.startedAt + held.ttlMs);
    }
    return verdict;
  }
}

/** A cache as one request sees it: what its isolate shares, its namespace, and how it reports and outlives. */
export interface Scope extends Asker {
  readonly isolate: Isolate;
  readonly path: string;
  /** True when `anchor` really lets work outlive the response. */
  readonly anchored: boolean;
  /** True when somebody besides the statistics listens. */
  readonly heard: boolean;
  readonly defaults: KindOptions;
  readonly kinds: ReadonlyMap<string, KindOptions>;
  readonly codec: Codec;
  readonly maxValueLength: number;
  readonly random: () => number;
}

export function policyFor(scope: Scope, key: string, options: SomeLoadOptions): Policy {
  return resolvePolicy(scope.defaults, scope.kinds.get(kindOf(key)), options);
}

/**
 * The shortest path: what is in memory, judged since anything was last invalidated. No I/O, no promise, no object but
 * what a reporter wants to hear.
 */
export function atHand(scope: Scope, key: string, schema: StandardSchema | undefined): Held | undefined {
  const { isolate } = scope;
  const held = isolate.memory.get(qualify(scope.path, key));
  if (held === undefined) return undefined;
  // The clock first: one that was set back ends the epoch.
  const now = isolate.clock.now();
  if (held.quietEpoch !== isolate.epoch.value) return undefined;
  if (now >= held.quietUntil || now < held.quietFrom) return undefined;
  if (schema !== undefined && !held.validated) return undefined;
  if (scope.heard) {
    scope.report({ type: "hit", key, tier: "memory", ageMs: Math.max(0, now - held.startedAt) });
  } else {
    isolate.tally.memoryHits++;
  }
  return held;
}

/** True when the key may be cached; else says why not. */
export function admits(scope: Scope, key: string, policy: Policy): boolean {
  if (!policy.private || namesUser(key)) return true;
  scope.report({ type: "refuse", key, reason: "private-without-user" });
  return false;
}

export function qualified(scope: Scope, key: string): string {
  return qualify(scope.path, key);
}

/** Lets work outlive the response; whether it fails is told by events, not by an unhandled rejection. */
export function anchorOf(ctx: ExecutionContextLike | undefined): Asker["anchor"] {
  return (work) => {
    const settled = work.then(nothing, nothing);
    ctx?.waitUntil(settled);
  };
}

function nothing(): void {}
