import { createCache } from "../../../src/cache/tidemark.ts";
import { cachedD1 } from "../../../src/drivers/d1/cached-d1.ts";
import { d1Changes } from "../../../src/drivers/d1/d1.ts";
import type { DriverEvent } from "../../../src/drivers/read/options.ts";
import { keeperFence, libraryKeeper } from "../../../src/fence/library-fence.ts";
import type { Step } from "../steps.ts";

// Runs the steps that a test sends, through the driver and past it.

interface Bindings {
  /** The keeper hears of its changes. */
  readonly DB: D1Database;
  /** Nobody hears of its changes. */
  readonly OTHER: D1Database;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}

export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const { steps, freshness } = (await request.json()) as { steps: Step[]; freshness: `${number}s` };
    const cache = createCache({ kv: env.KV, ctx, ttl: "1d", fence: keeperFence(env.KEEPER), freshness });
    const answers = [];
    for (const { do: how, sql, on = "DB", name } of steps) {
      let event: DriverEvent | undefined;
      const onEvent = (each: DriverEvent) => {
        event = each;
      };
      const cached = cachedD1(env[on], cache, { onEvent, ...(name !== undefined && { name }) });
      const { results, meta } = await (how === "plain" ? env[on] : cached).prepare(sql).all();
      answers.push({ value: results, changes: meta.changes, ...(event as DriverEvent | undefined) });
    }
    return Response.json(answers);
  },
};
