import type { Flight } from "../../runtime/single-flight.ts";
import type { Scope } from "../context/context.ts";
import type { Outcome } from "../context/isolate.ts";
import { keep } from "../tiers/keep.ts";
import type { Call } from "./candidate.ts";
import { depart, type Prepared, prepare } from "./encode.ts";
import { failed, runLoad } from "./load.ts";

export interface Sourced {
  readonly prepared: Prepared;
  readonly startedAt: number;
  /** Whether both tiers have it. */
  readonly stored: boolean | Promise<boolean>;
}

/** Loads, keeps, and lands with the result; lands empty-handed when that fails, so that others try for themselves. */
export async function fromSource(
  scope: Scope,
  call: Call,
  flight: Flight<Outcome> | undefined,
): Promise<Sourced> {
  try {
    const departure = depart(scope, call.names);
    const value = await runLoad(scope, call.key, call.load, call.policy.hardMs);
    const prepared = await prepare(scope, call, value, departure);
    const stored = keep(scope, call, prepared);
    flight?.land(prepared.held && { held: prepared.held, from: "source" });
    // Without a context nothing would keep the invocation alive for it.
    if (!scope.anchored) await stored;
    return { prepared, startedAt: departure.startedAt, stored };
  } catch (error) {
    flight?.land();
    return failed(scope, call.key)(error);
  }
}
