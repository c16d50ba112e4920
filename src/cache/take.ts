import type { Entry } from "./entry.ts";
import type { Miss } from "./events.ts";
import { phaseOf } from "./freshness.ts";
import { freeze, holdable } from "./held.ts";
import { type Call, hold, type Offer, offer } from "./offer.ts";
import { validated } from "./prepare.ts";
import type { Scope } from "./scope.ts";

/** What an entry from the store offers; then memory has it, too. */
export async function take(scope: Scope, call: Call, { text, proof }: Entry): Promise<Offer | Miss> {
  const { isolate, codec } = scope;
  const { schema, tags } = call.policy;
  const now = isolate.clock.now();
  if (phaseOf(proof, now) === "dead") return "expired";
  let value: unknown;
  try {
    if (text !== undefined) {
      value = codec.decode(text);
      if (schema !== undefined) value = await validated(schema, value);
      freeze(value);
    }
  } catch {
    return "invalid";
  }
  const untagged = proof.tags.length === 0 && tags.length === 0;
  const names = untagged ? call.names : isolate.namesOf(scope.path, call.key, proof.tags);
  const held = holdable(proof, value, schema !== undefined, names, now + isolate.memoryTtlMs);
  // When another machine began is told on its clock, and proves nothing on ours (PROTOCOL, rule 1).
  if (proof.isolate !== isolate.fence.isolate) held.provenAt = Number.NEGATIVE_INFINITY;
  const judged = offer(scope, held, "store", call.startedAt);
  const offered = judged instanceof Promise ? await judged : judged;
  if (offered === undefined) return "invalidated";
  hold(scope, call.qualified, held, text);
  return offered;
}
