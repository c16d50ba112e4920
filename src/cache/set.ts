import { forgetHere } from "./invalidate.ts";
import { keep } from "./keep.ts";
import { keyName } from "./names.ts";
import { admits, type Call } from "./offer.ts";
import { prepare } from "./prepare.ts";
import type { Scope } from "./scope.ts";

/** Stores a value that the caller vouches for. Resolves true when both tiers have it. */
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
  return keep(scope, call, await prepare(scope, call, value, { startedAt, mark, begun }));
}
