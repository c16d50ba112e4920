import { defineConfig } from "../../../../src/gateway/config/config.ts";
import type { GatewayEnv } from "../../../../src/gateway/config/env.ts";
import { createGateway } from "../../../../src/gateway/gateway.ts";

/** As an owner would set it up, but for a bound that a bench can wait for. */
const gateway = createGateway(
  defineConfig({
    tables: { articles: { freshness: "1s" }, memberships: { freshness: "1s" }, notes: { freshness: "1s" } },
  }),
);

interface Ends {
  end(): Promise<void>;
}

export default {
  /** Besides what the gateway does: a path that ends the keeper's instance, as an eviction would. */
  async fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/__bench/end-keeper")
      return gateway.worker.fetch(request, env, ctx);
    const keeper = env.KEEPER.get(env.KEEPER.idFromName("keeper")) as unknown as Ends;
    await keeper.end().catch(() => {});
    return new Response(null, { status: 204 });
  },
};

export const { Origin } = gateway;

export class Keeper extends gateway.Keeper {
  readonly #object: DurableObjectState;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#object = ctx;
  }

  async end(): Promise<void> {
    this.#object.abort("the bench ends this instance");
  }
}
