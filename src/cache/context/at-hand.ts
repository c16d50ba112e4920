import { qualify } from "../entry/keys.ts";
import { CLOCK_SKEW_MS } from "../entry/limits.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { StandardSchema } from "../entry/standard-schema.ts";
import type { CacheContext } from "./context.ts";

/**
 * The shortest path: an entry in memory that was accepted, while nothing has been invalidated since. It does no I/O,
 * makes no promise, and makes no object unless there is a listener. `undefined`: take the long path.
 */
export function atHand(
  context: CacheContext,
  key: string,
  schema: StandardSchema | undefined,
): MemoryEntry | undefined {
  const { isolate } = context;
  const entry = isolate.memory.get(qualify(context.path, key));
  if (entry === undefined) return undefined;
  // Read the clock first: if it was set back, this ends the epoch.
  const now = isolate.clock.now();
  if (entry.acceptedEpoch !== isolate.fence.epoch) return undefined;
  if (now >= entry.acceptedUntil || now < entry.proof.startedAt - CLOCK_SKEW_MS) return undefined;
  if (entry.schema !== schema) return undefined;
  if (context.heard) context.report({ type: "hit", key, tier: "memory", ageMs: ageOf(context, entry) });
  else isolate.memoryHits++;
  return entry;
}

/** How long ago the entry's load began, milliseconds, as far as this clock can tell. */
export function ageOf(context: CacheContext, entry: MemoryEntry): number {
  return Math.max(0, context.isolate.clock.now() - entry.proof.startedAt);
}
