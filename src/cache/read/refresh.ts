import type { Flight } from "../../runtime/single-flight.ts";
import type { Scope } from "../context/context.ts";
import type { Outcome } from "../context/isolate.ts";
import { REFRESH_RETRY_MS } from "../entry/limits.ts";
import type { Held } from "../entry/memory-entry.ts";
import { type Call, fromStore, lead } from "./candidate.ts";
import { fromSource } from "./source.ts";

/** Loads anew in the background, unless somebody does or a moment ago somebody failed to. */
export function refresh(scope: Scope, call: Call, held: Held): void {
  if (scope.isolate.clock.now() < held.retryAt) return;
  const flight = lead(scope, call);
  if (flight === undefined) return;
  // Reported as load-error; the old value stays.
  scope.anchor(refreshNow(scope, call, flight).catch(() => rest(scope, call, held)));
}

/** After a refresh failed: for a while no other is tried. */
export function rest(scope: Scope, { qualified }: Call, held: Held): void {
  const { clock, memory } = scope.isolate;
  held.retryAt = clock.now() + REFRESH_RETRY_MS;
  // What was served may be the store's; memory's is what the next reader looks at.
  (memory.get(qualified) ?? held).retryAt = held.retryAt;
}

async function refreshNow(scope: Scope, call: Call, flight: Flight<Outcome>): Promise<void> {
  // Another isolate may have been faster. (A stale entry in the store is what we have already.)
  const stored = await fromStore(scope, call);
  if (typeof stored !== "string" && stored.phase === "fresh") {
    flight.land({ held: stored.held, from: "store" });
  } else {
    await fromSource(scope, call, flight);
  }
}
