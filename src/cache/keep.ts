import type { Entry } from "./entry.ts";
import type { Held } from "./held.ts";
import type { Prepared } from "./load.ts";
import type { Scope } from "./scope.ts";

/**
 * Puts a prepared value into both tiers. Memory has it when this returns; the promise is for the store, never
 * rejects, and tells whether the store has it, too.
 */
export function keep(scope: Scope, key: string, qualified: string, prepared: Prepared): Promise<boolean> {
  const { kept, held } = prepared;
  if (typeof kept === "string" || held === undefined) {
    // "No such thing" without a negativeTtl is the ordinary case, not worth an event each time.
    if (typeof kept === "string" && kept !== "no-lifetime")
      scope.report({ type: "refuse", key, reason: kept });
    return Promise.resolve(false);
  }
  const length = kept.text?.length ?? 0;
  scope.isolate.hold(qualified, held, length);
  scope.report({ type: "set", key, length, ttlMs: kept.ttlMs });
  const stored = putBehind(scope, qualified, kept, held);
  scope.anchor(stored);
  return stored;
}

async function putBehind(scope: Scope, qualified: string, entry: Entry, held: Held): Promise<boolean> {
  const { store, fence } = scope.isolate;
  if (store === undefined) return true;
  let stored = true;
  try {
    await store.put(qualified, entry, () => fence.accepts(held.names, held));
  } catch (error) {
    scope.report({ type: "store-error", operation: "put", error });
    stored = false;
  }
  // Invalidated while it was on its way: it may have arrived after the deletion. If something newer was put
  // meanwhile this deletes that instead, which costs a miss. A put that seems to have failed may arrive as well.
  if (!fence.accepts(held.names, held)) {
    await store.delete(qualified).catch((error: unknown) => {
      scope.report({ type: "store-error", operation: "delete", error });
    });
  }
  return stored;
}
