import type { StaleReason, Tier } from "./events.ts";
import { phaseOf } from "./freshness.ts";
import type { Call, Offer } from "./offer.ts";
import type { Outcome, Scope } from "./scope.ts";

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

export function served(scope: Scope, call: Call, offered: Offer, because?: StaleReason): Lookup<unknown> {
  const { held, tier, phase } = offered;
  const ageMs = Math.max(0, scope.isolate.clock.now() - held.startedAt);
  if (phase === "fresh") {
    scope.report({ type: "hit", key: call.key, tier, ageMs });
    return { value: held.value, status: "hit", tier, ageMs };
  }
  const reason = because ?? "revalidating";
  scope.report({ type: "stale", key: call.key, tier, ageMs, reason });
  return { value: held.value, status: "stale", tier, ageMs, reason };
}

export function joined(scope: Scope, call: Call, outcome: Outcome): Lookup<unknown> {
  const { held, from } = outcome;
  const { clock } = scope.isolate;
  if (from === "store") {
    const phase = phaseOf(held, clock.now()) === "fresh" ? "fresh" : "stale";
    return served(scope, call, { held, tier: "store", phase });
  }
  scope.report({ type: "join", key: call.key });
  return loaded(held.value, Math.max(0, clock.now() - held.startedAt));
}

export function loaded(value: unknown, ageMs: number): Lookup<unknown> {
  return { value, status: "miss", tier: "source", ageMs };
}

export function bypassed(value: unknown): Lookup<unknown> {
  return { value, status: "bypass", tier: "source", ageMs: 0 };
}
