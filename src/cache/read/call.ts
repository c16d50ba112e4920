import type { Flight } from "../../runtime/single-flight.ts";
import type { Call, Landing, Load } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { kindOf, namesUser, qualify } from "../entry/keys.ts";
import { mustBeNone } from "../entry/options.ts";
import { resolvePolicy, type SomeLoadOptions } from "../entry/policy.ts";

/** @throws CacheError `invalid-option`, `invalid-key` */
export function callFor(
  context: CacheContext,
  key: string,
  options: SomeLoadOptions,
  load: Load<unknown>,
): Call {
  const { path, kinds, defaults, isolate } = context;
  const qualified = qualify(path, key);
  const name = kindOf(key);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const policy = resolvePolicy(defaults, kind, options);
  const { tags } = policy;
  const isComputed = typeof tags === "function";
  if (!isolate.tag && (isComputed || tags.length > 0)) mustBeNone({ tags });
  return {
    key,
    qualified,
    policy,
    names: isolate.namesOf(path, key, isComputed ? [] : tags),
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
