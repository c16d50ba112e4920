import { bypassed, joined, type Lookup, loaded, served } from "./answer.ts";
import type { Flight } from "./coalesce.ts";
import { within } from "./deadline.ts";
import type { Held } from "./held.ts";
import { runLoad } from "./load.ts";
import { type Call, fromMemory, fromStore, holds, isTired, type Offer, offer } from "./offer.ts";
import { refresh } from "./refresh.ts";
import { admits, type Outcome, type Scope } from "./scope.ts";
import { fromSource } from "./source.ts";

/** Joins another request's flight at most so often; then loads by itself, whatever others do. */
const ROUNDS = 2;

export async function lookup(scope: Scope, call: Call): Promise<Lookup<unknown>> {
  if (!admits(scope, call.key, call.policy)) {
    return bypassed(await runLoad(scope, call.key, call.load, call.policy.hardMs));
  }
  const { isolate } = scope;
  const remembered = await fromMemory(scope, call);
  if (remembered !== undefined && remembered.phase !== "if-error" && !isTired(scope, remembered.held)) {
    if (remembered.phase === "stale") refresh(scope, call, remembered.held);
    return served(scope, call, remembered);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const { fence, flights } = isolate;
    const flight = flights.lead(call.qualified, fence.mark, fence.last(call.names));
    if (flight !== undefined) {
      // Nothing may be awaited between `lead` and `anchor`: a leader cancelled in between would hold the key up.
      const work = fly(scope, call, flight, remembered);
      scope.anchor(work);
      return await work;
    }
    const softMs = remembered === undefined ? Number.POSITIVE_INFINITY : call.policy.softMs;
    const outcome = await flights.join(call.qualified, Math.min(flights.remaining(call.qualified), softMs));
    if (outcome !== undefined && (await holds(scope, outcome.held, call.startedAt)))
      return joined(scope, call, outcome);
    if (outcome === undefined && Number.isFinite(softMs) && flights.remaining(call.qualified) > 0) {
      return served(scope, call, remembered as Offer, "slow");
    }
  }
  return await fly(scope, call, undefined, remembered);
}

/** What some tier has within its time to live; nothing is loaded. */
export async function peek(scope: Scope, call: Call): Promise<Held | undefined> {
  const remembered = await fromMemory(scope, call);
  if (remembered?.phase === "fresh" && !isTired(scope, remembered.held)) {
    served(scope, call, remembered);
    return remembered.held;
  }
  const stored = await fromStore(scope, call);
  const offered = stored === "unknown" ? remembered : stored;
  if (typeof offered === "object" && offered.phase === "fresh") {
    served(scope, call, offered);
    return offered.held;
  }
  scope.report({ type: "miss", key: call.key, reason: typeof stored === "string" ? stored : "expired" });
  return undefined;
}

/** Leads: the store first, then the source. Whatever happens, the flight lands. */
async function fly(
  scope: Scope,
  call: Call,
  flight: Flight<Outcome> | undefined,
  remembered: Offer | undefined,
): Promise<Lookup<unknown>> {
  const { clock } = scope.isolate;
  try {
    const stored = await fromStore(scope, call);
    let fallback = remembered;
    if (typeof stored !== "string") {
      if (stored.phase !== "if-error") {
        flight?.land({ held: stored.held, from: "store" });
        if (stored.phase === "stale") refresh(scope, call, stored.held);
        return served(scope, call, stored);
      }
      fallback = stored;
    } else if (stored === "absent" || stored === "invalidated") {
      // The store is believed over memory: somebody elsewhere may have deleted it.
      if (scope.isolate.store !== undefined && !scope.isolate.witness.coversKeys) fallback = undefined;
    } else if (stored === "unknown" && remembered !== undefined && remembered.phase !== "if-error") {
      remembered.held.memoryUntil = clock.now() + scope.isolate.memoryTtlMs;
      flight?.land({ held: remembered.held, from: "store" });
      if (remembered.phase === "stale") refresh(scope, call, remembered.held);
      return served(scope, call, remembered);
    }
    scope.report({ type: "miss", key: call.key, reason: typeof stored === "string" ? stored : "expired" });
    const startedAt = clock.now();
    const loading = fromSource(scope, call, flight).then(({ prepared }) =>
      loaded(prepared.value, clock.now() - startedAt),
    );
    if (fallback === undefined) return await loading;
    scope.anchor(loading);
    return await withFallback(scope, call, loading, fallback);
  } catch (error) {
    flight?.land();
    throw error;
  }
}

async function withFallback(
  scope: Scope,
  call: Call,
  loading: Promise<Lookup<unknown>>,
  fallback: Offer,
): Promise<Lookup<unknown>> {
  try {
    return await within(scope.isolate.clock, call.policy.softMs, loading, () =>
      served(scope, call, fallback, "slow"),
    );
  } catch (error) {
    // Judged again: it may have been invalidated while the load was failing.
    const still = await offer(scope, fallback.held, fallback.tier, call.startedAt);
    if (still === undefined) throw error;
    return served(scope, call, still, "if-error");
  }
}
