import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Landing } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { REFRESH_RETRY_MS } from "../entry/limits.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import { lead } from "./call.ts";
import { fromStore, isFresh } from "./candidate.ts";
import { loadAndRemember } from "./load.ts";

/** Reloads in the background, unless another request does, or the last refresh failed a moment ago. */
export function refresh(context: CacheContext, call: Call, entry: MemoryEntry): void {
  if (context.isolate.clock.now() < entry.retryAt) return;
  const flight = lead(context, call);
  if (flight === undefined) return;
  // The failure was reported as load-error. The old value stays.
  context.anchor(refreshNow(context, call, flight).catch(() => delayRetry(context, call, entry)));
}

/** After a refresh failed: no other one for a while. */
export function delayRetry(context: CacheContext, { qualified }: Call, entry: MemoryEntry): void {
  const { clock, memory } = context.isolate;
  entry.retryAt = clock.now() + REFRESH_RETRY_MS;
  // The entry may have come from the store; the next reader looks at the one in memory.
  (memory.get(qualified) ?? entry).retryAt = entry.retryAt;
}

async function refreshNow(context: CacheContext, call: Call, flight: Flight<Landing>): Promise<void> {
  // Another isolate may have been faster. A stale entry in the store is the one that is being refreshed.
  const stored = await fromStore(context, call);
  if (isFresh(stored)) {
    flight.land({ entry: stored.entry, from: "store" });
  } else {
    await loadAndRemember(context, call, flight);
  }
}
