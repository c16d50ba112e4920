import type { Miss, Tier } from "./events.ts";
import { phaseOf } from "./freshness.ts";
import type { Held } from "./held.ts";
import { type Load, open, validateHeld } from "./load.ts";
import { type Name, namesOf } from "./names.ts";
import { type Policy, tagsBefore } from "./policy.ts";
import type { Scope } from "./scope.ts";

/** One read of one key, options resolved. */
export interface Call {
  readonly key: string;
  readonly qualified: string;
  readonly policy: Policy;
  /** What is known of its names before the value is. */
  readonly names: readonly Name[];
  readonly load: Load<unknown>;
  readonly startedAt: number;
}

/** What a tier has to offer. */
export interface Offer {
  readonly held: Held;
  readonly tier: Tier;
  readonly phase: "fresh" | "stale" | "if-error";
}

export function callFor(
  scope: Scope,
  key: string,
  qualified: string,
  policy: Policy,
  load: Load<unknown>,
): Call {
  const names = namesOf(scope.path, key, tagsBefore(policy));
  return { key, qualified, policy, names, load, startedAt: scope.isolate.clock.now() };
}

/** What memory offers, if it may still be served; asks about invalidations made elsewhere if it has to. */
export async function fromMemory(
  scope: Scope,
  call: Pick<Call, "qualified" | "policy" | "startedAt">,
): Promise<Offer | undefined> {
  const { memory, clock } = scope.isolate;
  const held = memory.get(call.qualified);
  if (held === undefined || phaseOf(held, clock.now()) === "dead") return undefined;
  const { schema } = call.policy;
  if (schema !== undefined && !held.validated && !(await validateHeld(held, schema))) return undefined;
  return await offer(scope, held, "memory", call.startedAt);
}

/** Judges an entry, learning what is needed for that. */
export async function offer(
  scope: Scope,
  held: Held,
  tier: Tier,
  readStart: number,
): Promise<Offer | undefined> {
  const { isolate } = scope;
  let verdict = isolate.judge(held, readStart);
  if (verdict === "unknown") {
    await isolate.witness.learn(held.names, scope, readStart);
    verdict = isolate.judge(held, readStart);
  } else if (verdict === "accepted" && isolate.witness.needsLearning(held.names)) {
    scope.anchor(isolate.witness.learn(held.names, scope));
  }
  if (verdict === "refused" || verdict === "unknown") return undefined;
  const phase = phaseOf(held, isolate.clock.now());
  if (phase === "dead") return undefined;
  // Invalidated a moment ago, and within the bound: as good as stale-while-revalidate.
  return { held, tier, phase: verdict === "lapsing" && phase === "fresh" ? "stale" : phase };
}

/** Memory has been believed for long enough; the store may know of a deletion by now. */
export function isTired(scope: Scope, held: Held): boolean {
  return scope.isolate.clock.now() >= held.memoryUntil;
}

export async function holds(scope: Scope, held: Held, readStart: number): Promise<boolean> {
  const { isolate } = scope;
  if (isolate.judge(held, readStart) === "unknown") {
    await isolate.witness.learn(held.names, scope, readStart);
  }
  const verdict = isolate.judge(held, readStart);
  return verdict === "accepted" || verdict === "lapsing";
}

/** What the store offers, or why it offers nothing. */
export async function fromStore(scope: Scope, call: Call): Promise<Offer | Miss> {
  const { store, witness, clock } = scope.isolate;
  const learning = witness.needsLearning(call.names)
    ? witness.learn(call.names, scope, call.startedAt)
    : undefined;
  const entry = await store?.get(call.qualified, scope.report);
  if (learning !== undefined) await learning;
  if (entry === undefined) return "absent";
  if (entry === "failed") return "unknown";
  if (entry === "absent" || entry === "invalid") return entry;
  if (phaseOf(entry, clock.now()) === "dead") return "expired";
  const held = await open(scope, call.key, call.policy, entry);
  if (held === undefined) return "invalid";
  const offered = await offer(scope, held, "store", call.startedAt);
  if (offered === undefined) return "invalidated";
  scope.isolate.hold(call.qualified, held, entry.text?.length ?? 0);
  return offered;
}
