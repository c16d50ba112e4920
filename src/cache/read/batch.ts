import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Candidate, Landing, Load, LoadContext } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import type { MemoryEntry } from "../entry/memory-entry.ts";
import type { SomeLoadOptions } from "../entry/policy.ts";
import { getEntries } from "../stores/bulk.ts";
import { served } from "./answer.ts";
import { lead, mayCache } from "./call.ts";
import { fromMemory, isServable, missOf, mustRevalidate } from "./candidate.ts";
import { encode, startLoad } from "./encode.ts";
import { promote } from "./entry-store.ts";
import { loadFailed, runLoad } from "./load.ts";
import { lookup } from "./lookup.ts";
import { atHandReading, callReading } from "./reads.ts";
import { delayRetry } from "./refresh.ts";
import { remember } from "./remember.ts";

/** Loads, all at once, the keys that no tier has. What the result leaves out does not exist. */
export type LoadMissing<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => Missing<T> | Promise<Missing<T>>;
type Missing<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

/** A key that this batch loads. Without a flight, the value may not be cached. */
type Led = { readonly call: Call; readonly flight: Flight<Landing> | undefined };
type Stale = { readonly call: Call; readonly entry: MemoryEntry };

/**
 * Reads many keys with one bulk read for every 100, and one load for all that are missing. It waits for keys that
 * another request is loading after its own are done, so two batches never wait for each other in a circle.
 *
 * @throws what `loadMissing` throws; CacheError `load-timeout`, `invalid-value`
 */
export async function getMany(
  context: CacheContext,
  keys: readonly string[],
  loadMissing: LoadMissing<unknown>,
  options: SomeLoadOptions,
): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const calls = new Map<string, Call>();
  // For a key that another request was loading, if its load fails.
  const alone = (key: string) => async (given: LoadContext) => pick(await loadMissing([key], given), key);
  for (const key of keys) {
    // Keeps the order of `keys`.
    values.set(key, undefined);
    const entry = atHandReading(context, key, options);
    if (entry === undefined) calls.set(key, callReading(context, key, options, alone(key)));
    else values.set(key, entry.value);
  }
  if (calls.size === 0) return values;

  const stale: Stale[] = [];
  const serve = (call: Call, candidate: Candidate) => {
    values.set(call.key, served(context, call, candidate).value);
    if (candidate.phase === "stale") stale.push({ call, entry: candidate.entry });
  };
  const led: Led[] = [];
  const theirs: Call[] = [];
  for (const call of await notInMemory(context, [...calls.values()], serve)) {
    const cacheable = mayCache(context, call);
    const flight = cacheable ? lead(context, call) : undefined;
    if (cacheable && flight === undefined) theirs.push(call);
    else led.push({ call, flight });
  }
  if (led.length > 0) {
    const work = flyTogether(context, led, loadMissing, serve, values);
    context.anchor(work);
    await work;
  }
  await Promise.all(
    theirs.map(async (call) => {
      values.set(call.key, (await lookup(context, call)).value);
    }),
  );
  if (stale.length > 0) {
    const { outlives } = context;
    const refreshing = refreshTogether(context, stale, loadMissing, outlives ? new Map() : values);
    if (!outlives) await refreshing;
  }
  return values;
}

/** Serves what memory has, and returns the other calls. */
async function notInMemory(
  context: CacheContext,
  calls: readonly Call[],
  serve: (call: Call, candidate: Candidate) => void,
): Promise<Call[]> {
  const names = new Set(calls.flatMap((call) => call.names));
  await context.isolate.invalidations.learn([...names], context);
  const absent: Call[] = [];
  for (const call of calls) {
    const remembered = await fromMemory(context, call);
    if (isServable(remembered) && !mustRevalidate(context, remembered)) serve(call, remembered);
    else absent.push(call);
  }
  return absent;
}

/** Asks the store, then loads. Whatever happens, the flights land. */
async function flyTogether(
  context: CacheContext,
  led: readonly Led[],
  loadMissing: LoadMissing<unknown>,
  serve: (call: Call, candidate: Candidate) => void,
  values: Map<string, unknown>,
): Promise<void> {
  try {
    const missing = await notInStore(context, led, serve);
    if (missing.length > 0) await loadTogether(context, missing, loadMissing, values);
  } finally {
    for (const { flight } of led) flight?.land();
  }
}

/** Serves what the store has, and returns the rest. */
async function notInStore(
  context: CacheContext,
  led: readonly Led[],
  serve: (call: Call, candidate: Candidate) => void,
): Promise<Led[]> {
  const { store, clock } = context.isolate;
  const wanted = led.filter(({ flight }) => flight !== undefined).map(({ call }) => call.qualified);
  const found = store && (await getEntries(store, clock, wanted, context.report));
  const missing: Led[] = [];
  for (const one of led) {
    const { call, flight } = one;
    const stored = found?.get(call.qualified) ?? "absent";
    const candidate = typeof stored === "string" ? stored : await promote(context, call, stored);
    if (isServable(candidate)) {
      flight?.land({ entry: candidate.entry, from: "store" });
      serve(call, candidate);
    } else {
      missing.push(one);
      context.report({ type: "miss", key: call.key, reason: missOf(candidate) });
    }
  }
  return missing;
}

async function loadTogether(
  context: CacheContext,
  led: readonly Led[],
  loadMissing: LoadMissing<unknown>,
  values: Map<string, unknown>,
): Promise<void> {
  const keys = led.map(({ call }) => call.key);
  const [first] = led;
  if (first === undefined) return;
  const { key, policy } = first.call;
  const called = keys.length === 1 ? key : `${key} and ${keys.length - 1} more`;
  const start = startLoad(
    context,
    led.flatMap(({ call }) => call.names),
  );
  const load: Load<Missing<unknown>> = (given) => loadMissing(keys, given);
  const loaded = await runLoad(context, called, load, policy.hardMs).catch(loadFailed(context, called));
  const stored: (boolean | Promise<boolean>)[] = [];
  for (const { call, flight } of led) {
    const encoded = await encode(context, call, pick(loaded, call.key), start);
    values.set(call.key, encoded.value);
    if (flight === undefined) continue;
    stored.push(remember(context, call, encoded));
    flight.land(encoded.entry && { entry: encoded.entry, from: "source" });
  }
  if (!context.anchored) await Promise.all(stored);
}

/** Reloads stale entries in the background. Never rejects. @param values gets what was loaded */
function refreshTogether(
  context: CacheContext,
  stale: readonly Stale[],
  loadMissing: LoadMissing<unknown>,
  values: Map<string, unknown>,
): Promise<void> {
  const led: (Led & Stale)[] = [];
  for (const { call, entry } of stale) {
    if (context.isolate.clock.now() < entry.retryAt) continue;
    const flight = lead(context, call);
    if (flight !== undefined) led.push({ call, flight, entry });
  }
  const work = loadTogether(context, led, loadMissing, values)
    .catch(() => {
      for (const { call, entry } of led) delayRetry(context, call, entry);
    })
    .finally(() => {
      for (const { flight } of led) flight?.land();
    });
  context.anchor(work);
  return work;
}

function pick(loaded: Missing<unknown>, key: string): unknown {
  if (loaded instanceof Map) return loaded.get(key);
  return Object.hasOwn(loaded, key) ? (loaded as Readonly<Record<string, unknown>>)[key] : undefined;
}
