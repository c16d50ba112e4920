import type { Call, Candidate } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import type { Miss } from "../entry/events.ts";
import { phaseOf } from "../entry/freshness.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import { viewOf } from "../entry/views.ts";

/** What memory has for a call. It may be too old for anything but `staleIfError`. */
export async function fromMemory(context: CacheContext, call: Call): Promise<Candidate | undefined> {
  const { clock, memory } = context.isolate;
  const entry = memory.get(call.qualified);
  if (entry === undefined || phaseOf(entry.proof, clock.now()) === "dead") return undefined;
  return judgeShared(context, call, entry, "memory");
}

/** What the store has for a call, or why it has nothing. Brings the knowledge of invalidations up to date meanwhile. */
export async function fromStore(context: CacheContext, call: Call): Promise<Candidate | Miss> {
  const { store, invalidations } = context.isolate;
  const learning = invalidations.learn(call.names, context, call.startedAt);
  if (store !== undefined) return await store.find(context, call, learning);
  await learning;
  return "absent";
}

/** Judges an entry that all readers of this isolate share, from memory or from a flight that this call joined. */
export async function judgeShared(
  context: CacheContext,
  call: Call,
  entry: MemoryEntry,
  tier: Candidate["tier"],
): Promise<Candidate | undefined> {
  const judged = await judge(context, call, entry, tier);
  if (typeof judged === "object") return judged;
  if (judged === "invalid") call.inUse = phaseOf(entry.proof, context.isolate.clock.now()) === "fresh";
  return undefined;
}

/** May this call be served with this entry? Resolves to a candidate, or to why there is none. Never rejects. */
export async function judge(
  context: CacheContext,
  call: Call,
  entry: MemoryEntry,
  tier: Candidate["tier"],
): Promise<Candidate | Miss> {
  const { clock, fence, invalidations } = context.isolate;
  const judgement =
    fence.accepts(entry.names, entry.proof) && !call.refuses?.(entry)
      ? await invalidations.judge(entry, context, call.startedAt)
      : "refused";
  if (judgement === "refused") return "invalidated";
  const phase = phaseOf(entry.proof, clock.now());
  // A value that was just loaded for another request is shared, even if it may not be kept at all.
  if (phase === "dead" && tier !== "source") return "expired";
  try {
    const value = await viewOf(entry, context.codec, call.policy.schema);
    // An invalidation within the bound counts like the end of the time to live: serve it while it is reloaded.
    return { entry, value, tier, phase: judgement !== "accepted" && phase === "fresh" ? "stale" : phase };
  } catch {
    return "invalid";
  }
}

/** True when it may be served now, not just if loading fails. */
export function isServable(candidate: Candidate | Miss | undefined): candidate is Candidate {
  return typeof candidate === "object" && candidate.phase !== "if-error";
}

/**
 * True when a read need not load. A stale one is reloaded meanwhile; where that would end with the response, the read
 * waits for it, unless it has just failed.
 */
export function mayServe(
  { isolate: { clock }, outlives }: CacheContext,
  candidate: Candidate | Miss | undefined,
): candidate is Candidate {
  if (typeof candidate !== "object" || candidate.phase === "if-error") return false;
  return candidate.phase === "fresh" || outlives || clock.now() < candidate.entry.retryAt;
}

/** True when it is within its time to live. */
export function isFresh(candidate: Candidate | Miss | undefined): candidate is Candidate {
  return typeof candidate === "object" && candidate.phase === "fresh";
}

/** Why a value had to be loaded, if the store had this. */
export function missOf(stored: Candidate | Miss): Miss {
  return typeof stored === "object" ? "expired" : stored;
}

/** True when memory must ask the store again, which may know of a deletion. */
export function mustRevalidate(context: CacheContext, { entry }: Candidate): boolean {
  return context.isolate.clock.now() >= entry.revalidateAt;
}
