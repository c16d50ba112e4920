import type { Flight } from "./coalesce.ts";
import type { Held } from "./held.ts";
import { REFRESH_RETRY_MS } from "./limits.ts";
import { type Call, fromStore } from "./offer.ts";
import type { Outcome, Scope } from "./scope.ts";
import { fromSource } from "./source.ts";

/** Loads anew in the background, unless somebody does or a moment ago somebody failed to. */
export function refresh(scope: Scope, call: Call, held: Held): void {
  const { clock, flights, fence } = scope.isolate;
  if (clock.now() < held.retryAt) return;
  const flight = flights.lead(call.qualified, fence.mark, fence.last(call.names));
  if (flight === undefined) return;
  const work = refreshNow(scope, call, flight).catch(() => {
    // Reported as load-error; the old value stays.
    rest(scope, call.qualified, held);
  });
  scope.anchor(work);
}

/** After a refresh failed: for a while no other is tried. */
export function rest(scope: Scope, qualified: string, held: Held): void {
  const { clock, memory } = scope.isolate;
  held.retryAt = clock.now() + REFRESH_RETRY_MS;
  const remembered = memory.get(qualified);
  if (remembered !== undefined) remembered.retryAt = held.retryAt;
}

async function refreshNow(scope: Scope, call: Call, flight: Flight<Outcome>): Promise<void> {
  // Another isolate may have been faster. (A stale entry in the store is what we have already.)
  const stored = await fromStore(scope, call);
  if (typeof stored !== "string" && stored.phase === "fresh") {
    flight.land({ held: stored.held, from: "store" });
    return;
  }
  await fromSource(scope, call, flight);
}
