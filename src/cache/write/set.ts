import type { Scope } from "../context/context.ts";
import { keyName } from "../entry/names.ts";
import { admits, type Call } from "../read/candidate.ts";
import { prepare } from "../read/encode.ts";
import { keep } from "../tiers/keep.ts";
import { forgetHere } from "./invalidate.ts";

/**
 * Stores a value that the caller vouches for. Resolves true when both tiers have it.
 *
 * @throws CacheError `not-serializable`, `invalid-value`; what was there is forgotten in this isolate even then
 */
export async function set(scope: Scope, call: Call, value: unknown): Promise<boolean> {
  if (!admits(scope, call)) return false;
  forgetHere(scope, [keyName(call.qualified)], [call.qualified]);
  return await store(scope, call, value);
}

/** The same, for who has forgotten already. */
export async function store(scope: Scope, call: Call, value: unknown): Promise<boolean> {
  const { fence, clock, witness } = scope.isolate;
  // Taken before anything is awaited, so that a `set` or `delete` that follows wins.
  const { mark } = fence;
  const startedAt = clock.now();
  const begun = await witness.claim(call.names, scope);
  const prepared = await prepare(scope, call, value, { startedAt, mark, begun });
  const stored = keep(scope, call, prepared);
  if (prepared.error !== undefined) throw prepared.error;
  return stored;
}
