import type { Flight } from "../../runtime/single-flight.ts";
import { atHand, type Scope } from "../context/context.ts";
import type { Outcome } from "../context/isolate.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { SomeLoadOptions } from "../entry/policy.ts";
import { getEntries } from "../tiers/bulk.ts";
import { keep } from "../tiers/keep.ts";
import { take } from "../tiers/take.ts";
import { served } from "./answer.ts";
import { admits, type Call, callFor, fromMemory, isTired, lead, type Offer } from "./candidate.ts";
import { depart, prepare } from "./encode.ts";
import { failed, type Load, type LoadContext, runLoad } from "./load.ts";
import { lookup } from "./lookup.ts";
import { rest } from "./refresh.ts";

/** Given the keys that no tier has, all at once; what it leaves out does not exist. */
export type LoadMissing<T> = (
  keys: readonly string[],
  context: { readonly signal: AbortSignal },
) => Missing<T> | Promise<Missing<T>>;
type Missing<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

type Led = { readonly call: Call; readonly flight: Flight<Outcome> | undefined };

/**
 * Many keys with one bulk read per 100 and one load for all that is absent. Keys that another request is loading are
 * waited for after one's own are done, so two batches never wait for each other in a circle.
 */
export async function getMany(
  scope: Scope,
  keys: readonly string[],
  loadMissing: LoadMissing<unknown>,
  options: SomeLoadOptions,
): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const calls = new Map<string, Call>();
  // For a key whose other loader failed.
  const alone = (key: string) => async (context: LoadContext) => pick(await loadMissing([key], context), key);
  for (const key of keys) {
    // Reserves its place in the order.
    values.set(key, undefined);
    const held = atHand(scope, key, options.validate);
    if (held === undefined) calls.set(key, callFor(scope, key, options, alone(key)));
    else values.set(key, held.value);
  }
  if (calls.size === 0) return values;

  const stale: { readonly call: Call; readonly held: Held }[] = [];
  const serve = (call: Call, offered: Offer) => {
    values.set(call.key, served(scope, call, offered).value);
    if (offered.phase === "stale") stale.push({ call, held: offered.held });
  };

  const absent: Call[] = [];
  await learnAll(scope, [...calls.values()]);
  for (const call of calls.values()) {
    const remembered = await fromMemory(scope, call);
    const usable = remembered !== undefined && remembered.phase !== "if-error";
    if (usable && !isTired(scope, remembered.held)) serve(call, remembered);
    else absent.push(call);
  }

  const led: Led[] = [];
  const theirs: Call[] = [];
  for (const call of absent) {
    const admitted = admits(scope, call);
    const flight = admitted ? lead(scope, call) : undefined;
    if (admitted && flight === undefined) theirs.push(call);
    else led.push({ call, flight });
  }
  if (led.length > 0) {
    const work = flyTogether(scope, led, loadMissing, serve, values);
    scope.anchor(work);
    await work;
  }
  await Promise.all(
    theirs.map(async (call) => {
      values.set(call.key, (await lookup(scope, call)).value);
    }),
  );
  if (stale.length > 0) refreshTogether(scope, stale, loadMissing);

  return values;
}

async function learnAll(scope: Scope, calls: readonly Call[]): Promise<void> {
  const { witness } = scope.isolate;
  const names = new Set(calls.flatMap((call) => call.names));
  await witness.learn([...names], scope);
}

async function flyTogether(
  scope: Scope,
  led: readonly Led[],
  loadMissing: LoadMissing<unknown>,
  serve: (call: Call, offered: Offer) => void,
  values: Map<string, unknown>,
): Promise<void> {
  try {
    const missing = await fromStoreTogether(scope, led, serve);
    if (missing.length > 0) await loadTogether(scope, missing, loadMissing, values);
  } finally {
    for (const { flight } of led) flight?.land();
  }
}

/** Serves what the store has; the rest is returned. */
async function fromStoreTogether(
  scope: Scope,
  led: readonly Led[],
  serve: (call: Call, offered: Offer) => void,
): Promise<Led[]> {
  const { store, clock } = scope.isolate;
  const wanted = led.filter(({ flight }) => flight !== undefined).map(({ call }) => call.qualified);
  const found = store && (await getEntries(store, clock, wanted, scope.report));
  const missing: Led[] = [];
  for (const one of led) {
    const { call, flight } = one;
    const entry = found?.get(call.qualified) ?? "absent";
    const offered = typeof entry === "string" ? entry : await take(scope, call, entry);
    if (typeof offered === "object" && offered.phase !== "if-error") {
      flight?.land({ held: offered.held, from: "store" });
      serve(call, offered);
    } else {
      missing.push(one);
      const reason = typeof offered === "string" ? offered : "expired";
      scope.report({ type: "miss", key: call.key, reason });
    }
  }
  return missing;
}

async function loadTogether(
  scope: Scope,
  led: readonly Led[],
  loadMissing: LoadMissing<unknown>,
  values: Map<string, unknown>,
): Promise<void> {
  const keys = led.map(({ call }) => call.key);
  const [first] = led;
  if (first === undefined) return;
  const { key, policy } = first.call;
  const called = keys.length === 1 ? key : `${key} and ${keys.length - 1} more`;
  const departure = depart(
    scope,
    led.flatMap(({ call }) => call.names),
  );
  const load: Load<Missing<unknown>> = (context) => loadMissing(keys, context);
  const loaded = await runLoad(scope, called, load, policy.hardMs).catch(failed(scope, called));
  const stored: (boolean | Promise<boolean>)[] = [];
  for (const { call, flight } of led) {
    const prepared = await prepare(scope, call, pick(loaded, call.key), departure);
    values.set(call.key, prepared.value);
    if (flight === undefined) continue;
    stored.push(keep(scope, call, prepared));
    flight.land(prepared.held && { held: prepared.held, from: "source" });
  }
  if (!scope.anchored) await Promise.all(stored);
}

function refreshTogether(
  scope: Scope,
  stale: readonly { readonly call: Call; readonly held: Held }[],
  loadMissing: LoadMissing<unknown>,
): void {
  const led: (Led & { readonly held: Held })[] = [];
  for (const { call, held } of stale) {
    if (scope.isolate.clock.now() < held.retryAt) continue;
    const flight = lead(scope, call);
    if (flight !== undefined) led.push({ call, flight, held });
  }
  const work = loadTogether(scope, led, loadMissing, new Map())
    .catch(() => {
      for (const { call, held } of led) rest(scope, call, held);
    })
    .finally(() => {
      for (const { flight } of led) flight?.land();
    });
  scope.anchor(work);
}

function pick(loaded: Missing<unknown>, key: string): unknown {
  if (loaded instanceof Map) return loaded.get(key);
  return Object.hasOwn(loaded, key) ? (loaded as Readonly<Record<string, unknown>>)[key] : undefined;
}
