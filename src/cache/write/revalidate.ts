import type { Call } from "../context/call.ts";
import type { CacheContext } from "../context/context.ts";
import { keyName } from "../entry/names.ts";
import { type Lookup, loaded } from "../read/answer.ts";
import { lead } from "../read/call.ts";
import { loadAndRemember } from "../read/load.ts";
import { forgetHere, remove } from "./invalidate.ts";

/**
 * Loads again and replaces what is stored, because the source has changed. This is one write of the store; `delete` and
 * a load are two, and KV takes one a second for a key. If there is nothing to store, or loading fails, the key is
 * deleted.
 *
 * @throws what `load` throws; CacheError `load-timeout`, `invalid-value`, `invalidation-failed`
 */
export async function revalidate(context: CacheContext, call: Call): Promise<Lookup<unknown>> {
  const { invalidations } = context.isolate;
  const names = [keyName(call.qualified)];
  forgetHere(context, { keys: [call.key] }, names, [call.qualified]);
  // Supersedes any flight that began before.
  const flight = lead(context, call);
  const work = (async () => {
    try {
      await Promise.all([invalidations.invalidate(names, context), invalidations.learn(call.names, context)]);
      const { encoded, stored } = await loadAndRemember(context, call, flight);
      if (encoded.refusal !== undefined || !(await stored)) await remove(context, [call.qualified]);
      return loaded(encoded.value, 0);
    } catch (error) {
      flight?.land();
      await remove(context, [call.qualified]).catch(() => {});
      throw error;
    }
  })();
  context.anchor(work);
  return await work;
}
