import { within } from "../../runtime/deadline.ts";
import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Candidate, Landing } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { validated } from "../entry/views.ts";
import { type Lookup, loaded, served } from "./answer.ts";
import { lead, mayCache } from "./call.ts";
import {
  fromMemory,
  fromStore,
  isFresh,
  judgeShared,
  mayServe,
  missOf,
  mustRevalidate,
} from "./candidate.ts";
import { type Loaded, loadAndRemember, loadFailed, runLoad } from "./load.ts";
import { delayRetry, refresh } from "./refresh.ts";

// A read as a line: memory's candidate, else one flight for the key: the store's candidate, else load, encode, remember.
// An entry becomes a candidate by `judge`. Everything after the flight is in `loadAndRemember`.

/** How many flights of other requests a read joins before it loads by itself. */
const ROUNDS = 2;

/** @throws what `load` throws when there is nothing to fall back on; CacheError `load-timeout`, `invalid-value` */
export async function lookup(context: CacheContext, call: Call): Promise<Lookup<unknown>> {
  if (!mayCache(context, call)) return bypass(context, call);
  const remembered = await fromMemory(context, call);
  if (mayServe(context, remembered) && !mustRevalidate(context, remembered))
    return serve(context, call, remembered);
  for (let round = 0; round < ROUNDS; round++) {
    const flight = lead(context, call);
    if (flight !== undefined) {
      // No await between `lead` and `anchor`: a leader that is cancelled there would block the key.
      const work = fly(context, call, flight, remembered);
      context.anchor(work);
      return work;
    }
    const joined = await join(context, call, remembered);
    if (joined !== undefined) return joined;
  }
  return fly(context, call, undefined, remembered);
}

/** What a tier has within its time to live, else `undefined`. Loads nothing. */
export async function peek(context: CacheContext, call: Call): Promise<Lookup<unknown> | undefined> {
  const remembered = await fromMemory(context, call);
  if (isFresh(remembered) && !mustRevalidate(context, remembered)) return served(context, call, remembered);
  const stored = await fromStore(context, call);
  // If the store does not answer, memory still counts.
  const candidate = stored === "unknown" ? remembered : stored;
  if (isFresh(candidate)) return served(context, call, candidate);
  context.report({ type: "miss", key: call.key, reason: missOf(stored) });
  return undefined;
}

/** Waits for another request's flight. `undefined`: it brought nothing that this call may be served with. */
async function join(
  context: CacheContext,
  call: Call,
  remembered: Candidate | undefined,
): Promise<Lookup<unknown> | undefined> {
  const { flights } = context.isolate;
  const { qualified } = call;
  const softMs = remembered === undefined ? Number.POSITIVE_INFINITY : call.policy.softMs;
  const landing = await flights.join(qualified, Math.min(flights.remaining(qualified), softMs));
  if (landing === undefined) {
    const isSlow = Number.isFinite(softMs) && flights.remaining(qualified) > 0;
    return remembered && isSlow ? served(context, call, remembered, "slow") : undefined;
  }
  const candidate = await judgeShared(context, call, landing.entry, landing.from);
  return candidate && served(context, call, candidate);
}

/** Asks the store, then loads. Whatever happens, the flight lands. */
async function fly(
  context: CacheContext,
  call: Call,
  flight: Flight<Landing> | undefined,
  remembered: Candidate | undefined,
): Promise<Lookup<unknown>> {
  const { clock, invalidations, memoryTtlMs, store } = context.isolate;
  try {
    const stored = await fromStore(context, call);
    const candidate = stored === "unknown" ? remembered : stored;
    if (mayServe(context, candidate)) {
      // If the store does not answer, memory is served from for longer.
      if (stored === "unknown") candidate.entry.revalidateAt = clock.now() + memoryTtlMs;
      flight?.land({ entry: candidate.entry, from: "store" });
      return serve(context, call, candidate);
    }
    context.report({ type: "miss", key: call.key, reason: missOf(stored) });
    // The store wins over memory: another isolate may have deleted the key.
    const isGone = store && !invalidations.coversKeys && (stored === "absent" || stored === "invalidated");
    const fallback = typeof stored === "object" ? stored : isGone ? undefined : remembered;
    const loading = loadAndRemember(context, call, flight);
    if (fallback === undefined) return answered(context, await loading);
    context.anchor(loading);
    return await withFallback(context, call, loading, fallback);
  } catch (error) {
    flight?.land();
    throw error;
  }
}

/** Waits for a load up to `softTimeout`. If that passes or the load fails, serves the older value. */
async function withFallback(
  context: CacheContext,
  call: Call,
  loading: Promise<Loaded>,
  fallback: Candidate,
): Promise<Lookup<unknown>> {
  try {
    const result = await within(context.isolate.clock, call.policy.softMs, loading, () => undefined);
    return result === undefined ? served(context, call, fallback, "slow") : answered(context, result);
  } catch (error) {
    delayRetry(context, call, fallback.entry);
    // Judged again: it may have been invalidated while the load was failing.
    const still = await judgeShared(context, call, fallback.entry, fallback.tier);
    if (still === undefined) throw error;
    return served(context, call, still, "if-error");
  }
}

function serve(context: CacheContext, call: Call, candidate: Candidate): Lookup<unknown> {
  if (candidate.phase === "stale") refresh(context, call, candidate.entry);
  return served(context, call, candidate);
}

function answered(context: CacheContext, { encoded, startedAt }: Loaded): Lookup<unknown> {
  return loaded(encoded.value, context.isolate.clock.now() - startedAt);
}

/**
 * Loads a value that may not be cached.
 *
 * @throws what `load` throws; CacheError `load-timeout`, `invalid-value`
 */
export async function bypass(context: CacheContext, { key, load, policy }: Call): Promise<Lookup<unknown>> {
  const value = await runLoad(context, key, load, policy.hardMs).catch(loadFailed(context, key));
  return loaded(await validated(policy.schema, value), 0, "bypass");
}
