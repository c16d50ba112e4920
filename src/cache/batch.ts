import type { Flight } from "./coalesce.ts";
import { phaseOf } from "./freshness.ts";
import type { Held } from "./held.ts";
import { keep } from "./keep.ts";
import { depart, open, prepare, runLoad } from "./load.ts";
import { type Call, callFor, fromMemory, type Offer, offer } from "./offer.ts";
import type { SomeLoadOptions } from "./policy.ts";
import { lookup } from "./read.ts";
import { rest } from "./refresh.ts";
import { admits, atHand, type Outcome, policyFor, qualified, type Scope } from "./scope.ts";

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
  for (const key of keys) {
    // Reserves its place in the order.
    values.set(key, undefined);
    const held = atHand(scope, key, options.validate);
    if (held === undefined) calls.set(key, callOf(scope, key, options, loadMissing));
    else values.set(key, held.value);
  }
  if (calls.size === 0) return values;

  const stale: Offer[] = [];
  const staleCalls: Call[] = [];
  const serve = (call: Call, offered: Offer) => {
    const { held, tier, phase } = offered;
    const ageMs = Math.max(0, scope.isolate.clock.now() - held.startedAt);
    values.set(call.key, held.value);
    if (phase === "fresh") {
      scope.report({ type: "hit", key: call.key, tier, ageMs });
    } else {
      stale.push(offered);
      staleCalls.push(call);
      scope.report({ type: "stale", key: call.key, tier, ageMs, reason: "revalidating" });
    }
  };

  const absent: Call[] = [];
  await learnAll(scope, [...calls.values()]);
  for (const call of calls.values()) {
    const remembered = await fromMemory(scope, call);
    const usable = remembered !== undefined && remembered.phase !== "if-error";
    if (usable && scope.isolate.clock.now() < remembered.held.memoryUntil) serve(call, remembered);
    else absent.push(call);
  }

  const led: Led[] = [];
  const theirs: Call[] = [];
  for (const call of absent) {
    if (!admits(scope, call.key, call.policy)) {
      led.push({ call, flight: undefined });
      continue;
    }
    const { flights, fence } = scope.isolate;
    const flight = flights.lead(call.qualified, fence.mark, fence.last(call.names));
    if (flight === undefined) theirs.push(call);
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
  if (stale.length > 0) refreshTogether(scope, staleCalls, stale, loadMissing);

  return values;
}

function callOf(
  scope: Scope,
  key: string,
  options: SomeLoadOptions,
  loadMissing: LoadMissing<unknown>,
): Call {
  const policy = policyFor(scope, key, options);
  // For a key whose other loader failed: alone, then.
  const alone = async ({ signal }: { readonly signal: AbortSignal }) =>
    pick(await loadMissing([key], { signal }), key);
  return callFor(scope, key, qualified(scope, key), policy, alone);
}

async function learnAll(scope: Scope, calls: readonly Call[]): Promise<void> {
  const { witness } = scope.isolate;
  const names = new Set(calls.flatMap((call) => call.names));
  const list = [...names];
  if (witness.needsLearning(list)) await witness.learn(list, scope);
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
  const found = await store?.getMany(wanted, scope.report);
  const missing: Led[] = [];
  for (const one of led) {
    const { call, flight } = one;
    const entry = found?.get(call.qualified) ?? "absent";
    let offered: Offer | undefined;
    if (typeof entry !== "string" && phaseOf(entry, clock.now()) !== "dead") {
      const held = await open(scope, call.key, call.policy, entry);
      if (held !== undefined) offered = await offer(scope, held, "store", call.startedAt);
      if (offered !== undefined) scope.isolate.hold(call.qualified, offered.held, entry.text?.length ?? 0);
    }
    if (offered !== undefined && offered.phase !== "if-error") {
      flight?.land({ held: offered.held, from: "store" });
      serve(call, offered);
    } else {
      missing.push(one);
      const reason = typeof entry === "string" ? (entry === "failed" ? "unknown" : entry) : "expired";
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
  const departure = depart(
    scope,
    led.flatMap(({ call }) => call.names),
  );
  const loaded = await runLoad(
    scope,
    keys.length === 1 ? first.call.key : `${first.call.key} and ${keys.length - 1} more`,
    ({ signal }) => loadMissing(keys, { signal }),
    first.call.policy.hardMs,
  );
  const stored: Promise<boolean>[] = [];
  for (const { call, flight } of led) {
    const prepared = await prepare(scope, call.key, call.policy, pick(loaded, call.key), departure);
    values.set(call.key, prepared.value);
    if (flight === undefined) continue;
    stored.push(keep(scope, call.key, call.qualified, prepared));
    flight.land(prepared.held === undefined ? undefined : { held: prepared.held, from: "load" });
  }
  if (!scope.anchored) await Promise.all(stored);
}

function refreshTogether(
  scope: Scope,
  calls: readonly Call[],
  offers: readonly Offer[],
  loadMissing: LoadMissing<unknown>,
): void {
  const { flights, fence, clock } = scope.isolate;
  const led: Led[] = [];
  const held: Held[] = [];
  for (const [index, call] of calls.entries()) {
    const old = offers[index]?.held;
    if (old === undefined || clock.now() < old.retryAt) continue;
    const flight = flights.lead(call.qualified, fence.mark, fence.last(call.names));
    if (flight === undefined) continue;
    led.push({ call, flight });
    held.push(old);
  }
  if (led.length === 0) return;
  const work = loadTogether(scope, led, loadMissing, new Map())
    .catch(() => {
      for (const [index, old] of held.entries()) rest(scope, led[index]?.call.qualified ?? "", old);
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
