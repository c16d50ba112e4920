import type { Scope } from "../context/context.ts";
import { type Call, hold } from "../read/candidate.ts";
import type { Prepared } from "../read/encode.ts";

/**
 * Puts a prepared value into both tiers. Memory has it when this returns; the promise, if there is one, is for the
 * store, never rejects, and tells whether the store has it, too.
 */
export function keep(
  scope: Scope,
  { key, qualified }: Call,
  { held, refusal: reason, error }: Prepared,
): boolean | Promise<boolean> {
  if (reason !== undefined) {
    // "No such thing" without a negativeTtl is the ordinary case, not worth an event each time.
    if (reason !== "no-lifetime") scope.report({ type: "refuse", key, reason, error });
    return false;
  }
  const { store } = scope.isolate;
  const length = held.text?.length ?? 0;
  hold(scope, qualified, held);
  scope.report({ type: "set", key, length, ttlMs: held.proof.ttlMs });
  const stored = store?.keep(scope, qualified, held);
  if (stored !== undefined) scope.anchor(stored);
  return stored ?? true;
}
