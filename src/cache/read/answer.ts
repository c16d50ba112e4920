import { ageOf, type Scope } from "../context/context.ts";
import type { StaleReason, Tier } from "../entry/events.ts";
import type { Call, Offer } from "./candidate.ts";

/** An answer, and the truth about where it comes from. */
export interface Lookup<T> {
  readonly value: T;
  readonly status:
    | "hit"
    /** beyond its time to live; `reason` says why it is served */
    | "stale"
    /** loaded for this call, or by another request whose load this one joined */
    | "miss"
    /** loaded, and not cached: the key was refused */
    | "bypass";
  readonly tier: Tier | "source";
  /** How long ago its load began, milliseconds. */
  readonly ageMs: number;
  readonly reason?: StaleReason;
}

export function served(
  scope: Scope,
  { key }: Call,
  { held, value, tier, phase }: Offer,
  reason: StaleReason = "revalidating",
): Lookup<unknown> {
  const ageMs = ageOf(scope, held);
  if (tier === "source") {
    scope.report({ type: "join", key });
    return loaded(value, ageMs);
  }
  if (phase === "fresh") {
    scope.report({ type: "hit", key, tier, ageMs });
    return { value, status: "hit", tier, ageMs };
  }
  scope.report({ type: "stale", key, tier, ageMs, reason });
  return { value, status: "stale", tier, ageMs, reason };
}

export function loaded(value: unknown, ageMs: number, status: "miss" | "bypass" = "miss"): Lookup<unknown> {
  return { value, status, tier: "source", ageMs };
}
