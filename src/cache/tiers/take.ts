import type { Scope } from "../context/context.ts";
import type { Entry } from "../entry/entry.ts";
import type { Miss } from "../entry/events.ts";
import { phaseOf } from "../entry/freshness.ts";
import { holdable } from "../entry/memory-entry.ts";
import { type Call, hold, type Offer, offer } from "../read/candidate.ts";

/** What an entry from the store offers; then memory has it, too. */
export async function take(scope: Scope, call: Call, { text, proof }: Entry): Promise<Offer | Miss> {
  const { isolate } = scope;
  const { tags } = call.policy;
  const now = isolate.clock.now();
  if (phaseOf(proof, now) === "dead") return "expired";
  const untagged = proof.tags.length === 0 && tags.length === 0;
  const names = untagged ? call.names : isolate.namesOf(scope.path, call.key, proof.tags);
  const held = holdable(proof, text, names, now + isolate.memoryTtlMs);
  // When another machine began is told on its clock, and proves nothing on ours (P1).
  if (proof.isolate !== isolate.fence.isolate) held.provenAt = Number.NEGATIVE_INFINITY;
  // What the store has is replaced, whoever may use it elsewhere: it may be another version of this Worker's.
  const { refused } = call;
  call.refused = undefined;
  const offered = await offer(scope, call, held, "store");
  const reason = call.refused === undefined ? "invalidated" : "invalid";
  call.refused = refused;
  if (offered === undefined) return reason;
  hold(scope, call.qualified, held);
  return offered;
}
