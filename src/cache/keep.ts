import { type Call, hold } from "./offer.ts";
import type { Prepared } from "./prepare.ts";
import type { Scope } from "./scope.ts";

/**
 * Puts a prepared value into both tiers. Memory has it when this returns; the promise, if there is one, is for the
 * store, never rejects, and tells whether the store has it, too.
 */
export function keep(
  scope: Scope,
  { key, qualified }: Call,
  { kept, held }: Prepared,
): boolean | Promise<boolean> {
  if (typeof kept === "string") {
    // "No such thing" without a negativeTtl is the ordinary case, not worth an event each time.
    if (kept !== "no-lifetime") scope.report({ type: "refuse", key, reason: kept });
    return false;
  }
  const { store } = scope.isolate;
  const length = kept.text?.length ?? 0;
  hold(scope, qualified, held, kept.text);
  scope.report({ type: "set", key, length, ttlMs: kept.proof.ttlMs });
  if (store === undefined) return true;
  const stored = store.keep(scope, qualified, kept, held);
  scope.anchor(stored);
  return stored;
}
