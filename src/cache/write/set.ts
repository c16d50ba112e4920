import type { Call } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { keyName } from "../entry/names.ts";
import { mayCache } from "../read/call.ts";
import { encode } from "../read/encode.ts";
import { remember } from "../read/remember.ts";
import { forgetHere } from "./invalidate.ts";

/**
 * Replaces a key's value. Resolves to true when both tiers have it.
 *
 * @throws CacheError `not-serializable`, `invalid-value`; this isolate has forgotten the old value even then
 */
export async function set(context: CacheContext, call: Call, value: unknown): Promise<boolean> {
  if (!mayCache(context, call)) return false;
  forgetHere(context, { keys: [call.key] }, [keyName(call.qualified)], [call.qualified]);
  return await store(context, call, value);
}

/** The same, after the old value has been forgotten. */
export async function store(context: CacheContext, call: Call, value: unknown): Promise<boolean> {
  const { fence, clock, invalidations } = context.isolate;
  // Read before the first await, so that a `set` or `delete` that follows wins.
  const { mark } = fence;
  const startedAt = clock.now();
  const snapshot = await invalidations.claim(call.names, context);
  const encoded = await encode(context, call, value, { startedAt, mark, snapshot });
  const stored = remember(context, call, encoded);
  if (encoded.error !== undefined) throw encoded.error;
  return stored;
}
