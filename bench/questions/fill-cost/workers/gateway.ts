import type { GatewayEnv } from "../../../../src/gateway/config/env.ts";
import { createGateway } from "../../../../src/gateway/gateway.ts";
import { benchConfig } from "../../hit-cost/workers/gateway-config.ts";
import type { PathAndQuery } from "./steps.ts";

const gateway = createGateway(benchConfig());

export default gateway.worker;
export const { Origin } = gateway;

/** The keeper, with two calls that do a part of what a fill does: the steps that no keeper can save. */
export class Keeper extends gateway.Keeper {
  readonly #origin: string;

  constructor(ctx: DurableObjectState, env: GatewayEnv) {
    super(ctx, env);
    this.#origin = env.SUPABASE_URL as string;
  }

  /** Fetches, from the object itself. */
  async bareFetch(path: PathAndQuery): Promise<ArrayBuffer> {
    return (await fetch(this.#origin + path)).arrayBuffer();
  }

  /** Fetches through the entrypoint, as a fill does. */
  async bareAsk(path: PathAndQuery) {
    const { Origin } = this.ctx.exports as unknown as {
      readonly Origin: Service<InstanceType<typeof gateway.Origin>>;
    };
    const answer = await Origin.ask(readAt(path), null);
    if (answer.kind !== "response") throw new Error(`the origin gave no response: ${answer.kind}`);
    return { body: answer.response.body };
  }
}

function readAt(path: PathAndQuery) {
  const search = path.slice(path.indexOf("?") + 1);
  return {
    ...{ key: path, path, headers: { accept: "application/json" }, audience: "publishable" as const },
    relation: "public.articles",
    asked: { schema: "public", relation: "articles", search },
  };
}
