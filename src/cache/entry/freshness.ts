import { CLOCK_SKEW_MS } from "./limits.ts";

/** What may still be done with an entry of some age, leaving invalidation aside. */
export type Phase =
  /** within its time to live */
  | "fresh"
  /** within `staleWhileRevalidate`: serve it and reload it in the background (RFC 5861, section 3) */
  | "stale"
  /** within `staleIfError`: serve it only when loading fails (RFC 5861, section 4) */
  | "if-error"
  | "dead";

export interface Lifetime {
  /** When its load began, milliseconds since the epoch. The value may be as old as that. */
  readonly startedAt: number;
  readonly ttlMs: number;
  /** How long it may be served after its time to live while it is being reloaded. */
  readonly staleMs: number;
  /** How long it may be served after its time to live when loading fails. */
  readonly errorMs: number;
}

/** Both stale windows begin where the time to live ends. */
export function phaseOf(entry: Lifetime, now: number): Phase {
  const age = now - entry.startedAt;
  // Further in the future than clocks may differ: this clock or the writer's was set.
  if (age < -CLOCK_SKEW_MS) return "dead";
  if (age < entry.ttlMs) return "fresh";
  if (age < entry.ttlMs + entry.staleMs) return "stale";
  return age < entry.ttlMs + entry.errorMs ? "if-error" : "dead";
}

/** How long after its start an entry can be of any use, milliseconds. */
export function lifetimeOf(entry: Omit<Lifetime, "startedAt">): number {
  return entry.ttlMs + Math.max(entry.staleMs, entry.errorMs);
}
