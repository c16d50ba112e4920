import type { IsolateCalls } from "../keeper/protocol/calls.ts";
import type { Clock } from "../runtime/clock.ts";

export interface MirrorPorts {
  /** The platform's clock. The mirror makes it steady. */
  readonly clock: Clock;
  /** A fresh stub for each call: one that failed stays broken. */
  readonly keeper: () => IsolateCalls;
}

/** What a mirror needs of the resolved configuration. */
export interface MirrorSettings {
  /** Callers of another configuration are refused, and ask the keeper. */
  readonly configHash: string;
  /** Per configured relation, `schema.table`. */
  readonly tables: ReadonlyMap<string, { readonly freshnessMs: number; readonly ttlMs: number }>;
  /** Bytes of bodies that a mirror remembers. */
  readonly memoryBytes: number;
  /** Whether reads of those who sign in are cached. */
  readonly signedIn: boolean;
  /** How many keys a mirror may refill in a minute, ahead of their readers. */
  readonly refillsPerMinute: number;
  /** Deadlines of the mirror's own calls, in milliseconds. */
  readonly deadlines: { readonly syncMs: number; readonly fillMs: number };
}
