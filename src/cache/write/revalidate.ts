import type { Scope } from "../context/context.ts";
import { keyName } from "../entry/names.ts";
import { type Lookup, loaded } from "../read/answer.ts";
import type { Call } from "../read/candidate.ts";
import { fromSource } from "../read/source.ts";
import { forgetHere, remove } from "./invalidate.ts";

/**
 * Loads anew and replaces what is stored, for when the source is known to have changed. One write of the store, where
 * deleting and loading again would be two, and KV takes one a second for a key. When there is nothing to store any
 * more, or loading fails, the key is deleted.
 */
export async function revalidate(scope: Scope, call: Call): Promise<Lookup<unknown>> {
  const { fence, flights, witness } = scope.isolate;
  const names = [keyName(call.qualified)];
  forgetHere(scope, names, [call.qualified]);
  // Supersedes any flight that began before.
  const flight = flights.lead(call.qualified, fence.mark, fence.last(names));
  const work = (async () => {
    try {
      await Promise.all([witness.invalidate(names, scope), witness.learn(call.names, scope)]);
      const { prepared, stored } = await fromSource(scope, call, flight);
      if (prepared.refusal !== undefined || !(await stored)) await remove(scope, [call.qualified]);
      return loaded(prepared.value, 0);
    } catch (error) {
      flight?.land();
      await remove(scope, [call.qualified]).catch(() => {});
      throw error;
    }
  })();
  scope.anchor(work);
  return await work;
}
