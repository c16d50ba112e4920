import { ageOf } from "../context/at-hand.ts";
import type { Call, Candidate } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import type { StaleReason, Tier } from "../entry/events.ts";

/** A value, and where it comes from. */
export interface Lookup<T> {
  readonly value: T;
  readonly status:
    | "hit"
    /** served after its time to live; `reason` says why */
    | "stale"
    /** loaded for this call, or by another request whose load this one joined */
    | "miss"
    /** loaded and not cached, because the key was refused */
    | "bypass";
  readonly tier: Tier | "source";
  /** How long ago its load began, milliseconds. */
  readonly ageMs: number;
  /** Only with `"stale"`. */
  readonly reason?: StaleReason;
}

/** Serves a candidate, and reports it. */
export function served(
  context: CacheContext,
  { key }: Call,
  { entry, value, tier, phase }: Candidate,
  reason: StaleReason = "revalidating",
): Lookup<unknown> {
  const ageMs = ageOf(context, entry);
  if (tier === "source") {
    context.report({ type: "join", key });
    return loaded(value, ageMs);
  }
  if (phase === "fresh") {
    context.report({ type: "hit", key, tier, ageMs });
    return { value, status: "hit", tier, ageMs };
  }
  context.report({ type: "stale", key, tier, ageMs, reason });
  return { value, status: "stale", tier, ageMs, reason };
}

export function loaded(value: unknown, ageMs: number, status: "miss" | "bypass" = "miss"): Lookup<unknown> {
  return { value, status, tier: "source", ageMs };
}
