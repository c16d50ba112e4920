import { within } from "../../runtime/deadline.ts";
import type { Flight } from "../../runtime/single-flight.ts";
import type { Scope } from "../context/context.ts";
import type { Outcome } from "../context/isolate.ts";
import type { Miss } from "../entry/events.ts";
import { validated } from "../entry/views.ts";
import { type Lookup, loaded, served } from "./answer.ts";
import { admits, type Call, fromMemory, fromStore, isTired, lead, type Offer, offer } from "./candidate.ts";
import { failed, runLoad } from "./load.ts";
import { refresh } from "./refresh.ts";
import { fromSource, type Sourced } from "./source.ts";

/** Joins another request's flight at most so often; then loads by itself, whatever others do. */
const ROUNDS = 2;

export async function lookup(scope: Scope, call: Call): Promise<Lookup<unknown>> {
  const { key, qualified, policy } = call;
  const { flights } = scope.isolate;
  if (!admits(scope, call)) {
    const value = await runLoad(scope, key, call.load, policy.hardMs).catch(failed(scope, key));
    return loaded(await validated(policy.schema, value), 0, "bypass");
  }
  const remembered = await fromMemory(scope, call);
  if (remembered !== undefined && remembered.phase !== "if-error" && !isTired(scope, remembered.held)) {
    return serve(scope, call, remembered);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const flight = lead(scope, call);
    if (flight !== undefined) {
      // Nothing may be awaited between `lead` and `anchor`: a leader cancelled in between would hold the key up.
      const work = fly(scope, call, flight, remembered);
      scope.anchor(work);
      return await work;
    }
    const left = flights.remaining(qualified);
    const outcome = await flights.join(
      qualified,
      remembered === undefined ? left : Math.min(left, policy.softMs),
    );
    const offered = outcome && (await offer(scope, call, outcome.held, outcome.from));
    if (offered !== undefined) return served(scope, call, offered);
    if (
      outcome === undefined &&
      remembered !== undefined &&
      policy.softMs < Number.POSITIVE_INFINITY &&
      flights.remaining(qualified) > 0
    ) {
      return served(scope, call, remembered, "slow");
    }
  }
  return await fly(scope, call, undefined, remembered);
}

/** What some tier has within its time to live; nothing is loaded. */
export async function peek(scope: Scope, call: Call): Promise<Lookup<unknown> | undefined> {
  let offered = await fromMemory(scope, call);
  let reason: Miss = "expired";
  if (offered?.phase !== "fresh" || isTired(scope, offered.held)) {
    const stored = await fromStore(scope, call);
    if (typeof stored !== "string") {
      offered = stored;
    } else {
      reason = stored;
      if (stored !== "unknown") offered = undefined;
    }
  }
  if (offered?.phase === "fresh") return served(scope, call, offered);
  scope.report({ type: "miss", key: call.key, reason });
  return undefined;
}

/** Leads: the store first, then the source. Whatever happens, the flight lands. */
async function fly(
  scope: Scope,
  call: Call,
  flight: Flight<Outcome> | undefined,
  remembered: Offer | undefined,
): Promise<Lookup<unknown>> {
  const { isolate } = scope;
  try {
    const stored = await fromStore(scope, call);
    const offered = stored === "unknown" ? remembered : stored;
    if (typeof offered === "object" && offered.phase !== "if-error") {
      // A store that does not answer leaves memory to be believed.
      if (stored === "unknown") offered.held.memoryUntil = isolate.clock.now() + isolate.memoryTtlMs;
      flight?.land({ held: offered.held, from: "store" });
      return serve(scope, call, offered);
    }
    const isObject = typeof stored === "object";
    scope.report({ type: "miss", key: call.key, reason: isObject ? "expired" : stored });
    // The store is believed over memory: somebody elsewhere may have deleted it.
    const believed =
      (stored === "absent" || stored === "invalidated") &&
      isolate.store !== undefined &&
      !isolate.witness.coversKeys;
    const fallback = isObject ? stored : believed ? undefined : remembered;
    const loading = fromSource(scope, call, flight);
    if (fallback === undefined) return answered(scope, await loading);
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
  loading: Promise<Sourced>,
  fallback: Offer,
): Promise<Lookup<unknown>> {
  try {
    const sourced = await within(scope.isolate.clock, call.policy.softMs, loading, () => undefined);
    return sourced === undefined ? served(scope, call, fallback, "slow") : answered(scope, sourced);
  } catch (error) {
    // Judged again: it may have been invalidated while the load was failing.
    const still = await offer(scope, call, fallback.held, fallback.tier);
    if (still === undefined) throw error;
    return served(scope, call, still, "if-error");
  }
}

function serve(scope: Scope, call: Call, offered: Offer): Lookup<unknown> {
  if (offered.phase === "stale") refresh(scope, call, offered.held);
  return served(scope, call, offered);
}

function answered(scope: Scope, { prepared, startedAt }: Sourced): Lookup<unknown> {
  return loaded(prepared.value, scope.isolate.clock.now() - startedAt);
}
