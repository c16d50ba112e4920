import { CLOCK_SKEW_MS } from "./limits.ts";

/** What may still be done with an entry of some age, by its own terms (invalidation apart). */
export type Phase =
  /** within its time to live */
  | "fresh"
  /** within `staleWhileRevalidate`: serve it, load anew in the background (RFC 5861, section 3) */
  | "stale"
  /** within `staleIfError`: serve it only when loading fails (RFC 5861, section 4) */
  | "if-error"
  | "dead";

export interface Lifetime {
  /** When its load began, milliseconds since the epoch: what it says may be as old as that. */
  readonly startedAt: number;
  readonly ttlMs: number;
  /** After the time to live: how long it may be served while it is loaded anew. */
  readonly staleMs: number;
  /** After the time to live: how long it may be served when loading fails. */
  readonly errorMs: number;
}

/** Both windows begin where the time to live ends. */
export function phaseOf(entry: Lifetime, now: number): Phase {
  const age = now - entry.startedAt;
  // From the future by more than clocks differ: this clock, or the one that wrote it, was set.
  if (age < -CLOCK_SKEW_MS) return "dead";
  if (age < entry.ttlMs) return "fresh";
  if (age < entry.ttlMs + entry.staleMs) return "stale";
  return age < entry.ttlMs + entry.errorMs ? "if-error" : "dead";
}

/** How long after its start an entry can be of any use, milliseconds. */
export function lifetimeOf(entry: Omit<Lifetime, "startedAt">): number {
  return entry.ttlMs + Math.max(entry.staleMs, entry.errorMs);
}
