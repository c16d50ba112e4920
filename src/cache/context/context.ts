import { qualify } from "../entry/keys.ts";
import { CLOCK_SKEW_MS } from "../entry/limits.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { KindOptions } from "../entry/policy.ts";
import type { Asker } from "../invalidation/invalidation-source.ts";
import type { Codec, ExecutionContextLike, StandardSchema } from "../stores/store.ts";

/** A cache as one request sees it: what its isolate shares, its namespace, and how it reports and outlives. */
export interface Scope extends Asker {
  readonly path: string;
  /** True when `anchor` really lets work outlive the response. */
  readonly anchored: boolean;
  /** True when somebody besides the statistics listens. */
  readonly heard: boolean;
  readonly defaults: KindOptions;
  readonly kinds: Readonly<Record<string, KindOptions>>;
  readonly codec: Codec;
  readonly maxValueLength: number;
  readonly random: () => number;
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
  if (now >= held.quietUntil || now < held.proof.startedAt - CLOCK_SKEW_MS) return undefined;
  if (held.schema !== schema) return undefined;
  if (scope.heard) scope.report({ type: "hit", key, tier: "memory", ageMs: ageOf(scope, held) });
  else isolate.memoryHits++;
  return held;
}

/** How long ago the load of `held` began, as far as this clock can tell. */
export function ageOf(scope: Scope, held: Held): number {
  return Math.max(0, scope.isolate.clock.now() - held.proof.startedAt);
}

/** Lets work outlive the response; whether it fails is told by events, not by an unhandled rejection. */
export function anchorOf(ctx: ExecutionContextLike | undefined): Asker["anchor"] {
  return (work) => {
    const settled = work.catch(() => {});
    ctx?.waitUntil(settled);
  };
}
