import type { Call } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { MEMORY_ENTRY_BYTES } from "../entry/limits.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { Encoded } from "./encode.ts";

/**
 * Puts an encoded value into both tiers. Memory has it when this returns. A promise is for the store: it never rejects.
 * True, or a promise of it, when both have it.
 */
export function remember(
  context: CacheContext,
  { key, qualified }: Call,
  { entry, refusal: reason, error }: Encoded,
): boolean | Promise<boolean> {
  if (reason !== undefined) {
    // "No such thing" without a negativeTtl is common, and not worth an event.
    if (reason !== "no-lifetime") context.report({ type: "refuse", key, reason, error });
    return false;
  }
  putInMemory(context, qualified, entry);
  context.report({ type: "set", key, length: entry.text?.length ?? 0, ttlMs: entry.proof.ttlMs });
  const stored = context.isolate.store?.put(context, qualified, entry);
  if (stored !== undefined) context.anchor(stored);
  return stored ?? true;
}

export function putInMemory(
  { isolate: { memory } }: CacheContext,
  qualified: string,
  entry: MemoryEntry,
): void {
  // An entry that comes from the store again may be the one whose refresh has just failed.
  entry.retryAt = memory.get(qualified)?.retryAt ?? 0;
  memory.set(qualified, entry, (entry.text?.length ?? 0) + 2 * qualified.length + MEMORY_ENTRY_BYTES);
}
