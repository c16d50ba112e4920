import type { Flight } from "../../runtime/single-flight.ts";
import type { Scope } from "../context/context.ts";
import type { Outcome } from "../context/isolate.ts";
import type { Miss, Tier } from "../entry/events.ts";
import { type Phase, phaseOf } from "../entry/freshness.ts";
import { kindOf, namesUser, qualify } from "../entry/keys.ts";
import { MEMORY_ENTRY_BYTES } from "../entry/limits.ts";
import type { Held } from "../entry/memory-entry.ts";
import type { Name } from "../entry/names.ts";
import { type Policy, resolvePolicy, type SomeLoadOptions } from "../entry/policy.ts";
import { viewed } from "../entry/views.ts";
import type { Verdict } from "../invalidation/invalidation-source.ts";
import type { Load } from "./load.ts";

/** One read or write of one key, options resolved. */
export interface Call {
  readonly key: string;
  readonly qualified: string;
  readonly policy: Policy;
  /** What is known of its names before the value is. */
  readonly names: readonly Name[];
  readonly load: Load<unknown>;
  readonly startedAt: number;
  /** The phase of what other readers of this isolate use, and the schema of this call refuses. */
  refused?: Phase | undefined;
}

/** What a tier, or a load that was joined, has for a call. */
export interface Offer {
  readonly held: Held;
  /** What the schema of the call has made of it. */
  readonly value: unknown;
  readonly tier: Tier | "source";
  readonly phase: Phase;
}

export function callFor(scope: Scope, key: string, options: SomeLoadOptions, load: Load<unknown>): Call {
  const { path, kinds, defaults, isolate } = scope;
  const kind = kindOf(key);
  const policy = resolvePolicy(defaults, Object.hasOwn(kinds, kind) ? kinds[kind] : undefined, options);
  return {
    key,
    qualified: qualify(path, key),
    policy,
    names: isolate.namesOf(path, key, typeof policy.tags === "function" ? [] : policy.tags),
    load,
    startedAt: isolate.clock.now(),
  };
}

/** True when the key may be cached; else says why not. */
export function admits(scope: Scope, { key, policy }: Call): boolean {
  if (!policy.private || namesUser(key)) return true;
  scope.report({ type: "refuse", key, reason: "private-without-user" });
  return false;
}

/** The flight that the caller now leads, or `undefined` while somebody else leads one that is good enough. */
export function lead(scope: Scope, call: Call): Flight<Outcome> | undefined {
  const { fence, flights } = scope.isolate;
  return flights.lead(call.qualified, fence.mark, fence.last(call.names));
}

/** What memory offers, if it may still be served; asks about invalidations made elsewhere if it has to. */
export function fromMemory(scope: Scope, call: Call): Promise<Offer | undefined> | undefined {
  const held = scope.isolate.memory.get(call.qualified);
  if (held === undefined || phaseOf(held.proof, scope.isolate.clock.now()) === "dead") return undefined;
  return offer(scope, call, held, "memory");
}

/** What `held` offers to a call, once it is judged; what is needed for that is learned. */
export async function offer(
  scope: Scope,
  call: Call,
  held: Held,
  tier: Offer["tier"],
): Promise<Offer | undefined> {
  const verdict = await judge(scope, held, call.startedAt);
  const phase = phaseOf(held.proof, scope.isolate.clock.now());
  // What was loaded for somebody else just now is shared, though it may not live at all.
  if (verdict === "refused" || (phase === "dead" && tier !== "source")) return undefined;
  try {
    const value = await viewed(held, scope.codec, call.policy.schema);
    // Invalidated a moment ago, and within the bound: as good as stale-while-revalidate.
    return { held, value, tier, phase: verdict === "lapsing" && phase === "fresh" ? "stale" : phase };
  } catch {
    call.refused = phase;
    return undefined;
  }
}

/** May `held` be served? How long it lives is another question. */
function judge(scope: Scope, held: Held, readStart: number): Verdict | Promise<Verdict> {
  const { fence, witness } = scope.isolate;
  return fence.accepts(held.names, held.proof) ? witness.judge(held, scope, readStart) : "refused";
}

/** Memory has been believed for long enough; the store may know of a deletion by now. */
export function isTired(scope: Scope, held: Held): boolean {
  return scope.isolate.clock.now() >= held.memoryUntil;
}

/** What the store offers, or why it offers nothing. */
export function fromStore(scope: Scope, call: Call): "absent" | Promise<Offer | Miss> {
  const { store, witness } = scope.isolate;
  const learning = witness.learn(call.names, scope, call.startedAt);
  if (store !== undefined) return store.read(scope, call, learning);
  return learning === undefined ? "absent" : learning.then(() => "absent");
}

/** Puts it into memory, charged for its texts. */
export function hold(scope: Scope, qualified: string, held: Held): void {
  const { memory } = scope.isolate;
  // What the store has may be what just failed to be refreshed.
  held.retryAt = memory.get(qualified)?.retryAt ?? 0;
  memory.set(qualified, held, (held.text?.length ?? 0) + 2 * qualified.length + MEMORY_ENTRY_BYTES);
}
