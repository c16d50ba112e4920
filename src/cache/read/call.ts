import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Landing, Load } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { kindOf, namesUser, qualify } from "../entry/keys.ts";
import { resolvePolicy, type SomeLoadOptions } from "../entry/policy.ts";

/** @throws RangeError when an option is no duration */
export function callFor(
  context: CacheContext,
  key: string,
  options: SomeLoadOptions,
  load: Load<unknown>,
): Call {
  const { path, kinds, defaults, isolate } = context;
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

/** True when the key may be cached. If not, reports why. */
export function mayCache(context: CacheContext, { key, policy }: Call): boolean {
  if (!policy.private || namesUser(key)) return true;
  context.report({ type: "refuse", key, reason: "private-without-user" });
  return false;
}

/** The flight that this call now leads; `undefined` when another leads one that has seen the latest invalidation. */
export function lead(context: CacheContext, call: Call): Flight<Landing> | undefined {
  const { fence, flights } = context.isolate;
  return flights.lead(call.qualified, fence.mark, fence.last(call.names));
}
