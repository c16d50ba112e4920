import type { Flight } from "./coalesce.ts";
import { keep } from "./keep.ts";
import { depart, type Prepared, prepare, runLoad } from "./load.ts";
import type { Call } from "./offer.ts";
import type { Outcome, Scope } from "./scope.ts";

/** Loads, keeps, and lands with the result; lands empty-handed when that fails, so that others try for themselves. */
export async function fromSource(
  scope: Scope,
  call: Call,
  flight: Flight<Outcome> | undefined,
): Promise<{ readonly prepared: Prepared; readonly stored: Promise<boolean> }> {
  try {
    const departure = depart(scope, call.names);
    const value = await runLoad(scope, call.key, call.load, call.policy.hardMs);
    const prepared = await prepare(scope, call.key, call.policy, value, departure).catch((error: unknown) => {
      scope.report({ type: "load-error", key: call.key, error });
      throw error;
    });
    const stored = keep(scope, call.key, call.qualified, prepared);
    flight?.land(prepared.held === undefined ? undefined : { held: prepared.held, from: "load" });
    // Without a context nothing would keep the invocation alive for it.
    if (!scope.anchored) await stored;
    return { prepared, stored };
  } catch (error) {
    flight?.land();
    throw error;
  }
}
