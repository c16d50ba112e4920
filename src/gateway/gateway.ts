import { type KeeperClass, keeperClass } from "../keeper/durable-object.ts";
import { type OriginClass, originClass } from "../origin/entrypoint.ts";
import type { ResolvedConfig, TidemarkConfig } from "./config/config.ts";
import { type GatewayEnv, missingBindings } from "./config/env.ts";
import { resolveConfig } from "./config/resolve-config.ts";
import { GatewayIsolate } from "./gateway-isolate.ts";
import { keeperParts, originTargets } from "./keeper-parts.ts";

/** What a Worker exports to be a gateway. */
export interface Gateway {
  readonly worker: {
    fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Response | Promise<Response>;
  };
  readonly Keeper: KeeperClass<GatewayEnv>;
  readonly Origin: OriginClass<GatewayEnv>;
}

/**
 * The parts of a gateway for one configuration. A Worker exports all three:
 *
 * ```ts
 * const gateway = createGateway(config);
 * export default gateway.worker;
 * export const { Keeper, Origin } = gateway;
 * ```
 */
export function createGateway(config: TidemarkConfig): Gateway {
  let isolate: GatewayIsolate | undefined;
  let resolved: ResolvedConfig | undefined;
  // Once an isolate: the environment does not change, and each fill asks.
  const resolve = (env: GatewayEnv): ResolvedConfig => {
    resolved ??= resolveConfig(config, env, missingBindings(env));
    return resolved;
  };

  const worker: Gateway["worker"] = {
    fetch(request, env, ctx) {
      isolate ??= new GatewayIsolate(env, resolve);
      return isolate.answer(request, ctx);
    },
  };

  const Keeper = keeperClass<GatewayEnv>((ctx, env) => keeperParts(ctx, env, resolve(env)));
  const Origin = originClass<GatewayEnv>((env) => originTargets(env, resolve(env)));

  return { worker, Keeper, Origin };
}

export type { TidemarkConfig } from "./config/config.ts";
export type { GatewayEnv } from "./config/env.ts";
