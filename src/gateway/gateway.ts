import type { Fence } from "../cache/invalidation/fence.ts";
import { createFence } from "../fence/cache-fence.ts";
import { type KeeperClass, keeperClass } from "../keeper/durable-object.ts";
import { logEvent } from "../keeper/protocol/operator-event.ts";
import { type MirrorClass, mirrorClass } from "../mirror/durable-object.ts";
import { type OriginClass, originClass } from "../origin/entrypoint.ts";
import { systemClock } from "../runtime/clock.ts";
import { ConfigError, type ConfigIssue, type ResolvedConfig, type TidemarkConfig } from "./config/config.ts";
import { type GatewayEnv, missingBindings } from "./config/env.ts";
import { configIssues, forwardingOf, resolveConfig } from "./config/resolve-config.ts";
import { GatewayIsolate, keeperOf } from "./gateway-isolate.ts";
import { keeperParts, originTargets } from "./keeper-parts.ts";
import { withBoundMirrors } from "./mirrors/bound-mirrors.ts";
import { mirrorSettings } from "./mirrors/mirror-object.ts";
import { RefusedIsolate } from "./refused-isolate.ts";

/** What a Worker exports to be a gateway. */
export interface Gateway {
  readonly worker: {
    fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Response | Promise<Response>;
  };
  readonly Keeper: KeeperClass<GatewayEnv>;
  readonly Origin: OriginClass<GatewayEnv>;
  /** Exported only where the configuration has `mirrors`. */
  readonly Mirror: MirrorClass<GatewayEnv>;
  /**
   * The gateway's keeper, for caches of the library in the same Worker: `createCache({ kv, ctx, fence: gateway.fence(env) })`.
   * With `keeper.rows` in the configuration, they may say which rows they read.
   *
   * @throws ConfigError when the environment is wrong
   */
  readonly fence: (env: GatewayEnv) => Fence;
}

/**
 * The parts of a gateway for one configuration. A Worker exports these, and `Mirror` if the configuration has `mirrors`:
 *
 * ```ts
 * const gateway = createGateway(config);
 * export default gateway.worker;
 * export const { Keeper, Origin } = gateway;
 * ```
 *
 * The configuration is checked here, while the module loads, so that Cloudflare refuses an upload that could not work.
 * What is wrong in the environment is only known at the first request: it is logged, and requests pass through uncached.
 *
 * @throws ConfigError with path and fix of everything that is wrong in the configuration
 */
export function createGateway(config: TidemarkConfig): Gateway {
  const issues = configIssues(config);
  if (issues.length > 0) throw new ConfigError(issues);
  let isolate: GatewayIsolate | RefusedIsolate | undefined;
  let resolved: ResolvedConfig | undefined;
  // Once an isolate: the environment does not change, and each fill asks.
  const resolve = (env: GatewayEnv): ResolvedConfig => {
    resolved ??= withBoundMirrors(resolveConfig(config, env, missingBindings(env)), env);
    return resolved;
  };

  const worker: Gateway["worker"] = {
    fetch(request, env, ctx) {
      isolate ??= isolateOf(config, env, resolve);
      return isolate.answer(request, ctx);
    },
  };

  const Keeper = keeperClass<GatewayEnv>((ctx, env) => keeperParts(ctx, env, resolve(env)));
  const Origin = originClass<GatewayEnv>((env) => originTargets(env, resolve(env)));
  const Mirror = mirrorClass<GatewayEnv>((env) => ({
    settings: mirrorSettings(resolve(env)),
    keeper: () => keeperOf(env, resolve(env)),
  }));

  let fence: Fence | undefined;
  return {
    ...{ worker, Keeper, Origin, Mirror },
    fence(env) {
      fence ??= createFence(() => keeperOf(env, resolve(env)), systemClock, resolve(env).hash);
      return fence;
    },
  };
}

/** One line in the log for each isolate, because nobody reads `health` of a site that seems to work. */
function isolateOf(
  config: TidemarkConfig,
  env: GatewayEnv,
  resolve: (env: GatewayEnv) => ResolvedConfig,
): GatewayIsolate | RefusedIsolate {
  try {
    const resolved = resolve(env);
    if (resolved.doubts.length > 0) logEvent(misconfigured(resolved.doubts));
    return new GatewayIsolate(env, resolved);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    logEvent(misconfigured(error.issues));
    return new RefusedIsolate(error, forwardingOf(config, env));
  }
}

function misconfigured(issues: readonly ConfigIssue[]) {
  return { event: "misconfigured", issues };
}

export type { TidemarkConfig } from "./config/config.ts";
export type { GatewayEnv } from "./config/env.ts";
