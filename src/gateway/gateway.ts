import { WorkerEntrypoint } from "cloudflare:workers";
import { type KeeperClass, keeperClass } from "../keeper/durable-object.ts";
import type {
  ChangeSource,
  OriginAnswer,
  PullRequest,
  SchemaQuestion,
  SchemaSource,
} from "../keeper/ports/ports.ts";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { askChanges, askPrune, askSchema, type DatabaseTarget } from "../origin/ask-database.ts";
import { askOrigin } from "../origin/ask-origin.ts";
import { credentialsOf } from "./classify/audience.ts";
import { databaseTarget } from "./classify/database-target.ts";
import type { ResolvedConfig, TidemarkConfig } from "./config/config.ts";
import { type GatewayEnv, missingBindings } from "./config/env.ts";
import { keeperSettings, schemaQuestionOf } from "./config/keeper-settings.ts";
import { resolveConfig } from "./config/resolve-config.ts";
import { GatewayIsolate } from "./gateway-isolate.ts";
import { mayVaryBy } from "./http/headers/varying.ts";
import { isTooShort, MIN_SECRET_LENGTH } from "./http/secret-strength.ts";
import { putEntry } from "./reader/kv.ts";

/** The calls of the stateless entrypoint through which the keeper asks the origin. */
export interface OriginCalls {
  ask(read: CacheableRead): Promise<OriginAnswer>;
  schema(question: SchemaQuestion): ReturnType<SchemaSource["schema"]>;
  changes(request: PullRequest): Promise<string>;
  prune(): Promise<void>;
}

/** How much later the keeper's flights end than the origin request, whose own deadline normally ends them. */
const FLIGHT_GRACE_MS = 1_000;

/** The three exports of a Worker that is a gateway. */
export interface Gateway {
  readonly worker: {
    fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Response | Promise<Response>;
  };
  readonly Keeper: KeeperClass<GatewayEnv>;
  readonly Origin: new (ctx: ExecutionContext, env: GatewayEnv) => WorkerEntrypoint<GatewayEnv> & OriginCalls;
}

/**
 * Makes the parts of a gateway for one configuration. A Worker exports all three:
 *
 * ```ts
 * const gateway = createGateway(config);
 * export default gateway.worker;
 * export const { Keeper, Origin } = gateway;
 * ```
 *
 * Does not throw for a wrong configuration: the Worker then answers every request with the problem `misconfigured`.
 */
export function createGateway(config: TidemarkConfig): Gateway {
  let isolate: GatewayIsolate | undefined;
  let resolved: ResolvedConfig | undefined;
  // Once per isolate: the environment does not change, and each fill needs it.
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

  /**
   * A Durable Object has six connections at a time, which all of its callers would share. Each call of this entrypoint has
   * its own.
   */
  class OriginEntrypoint extends WorkerEntrypoint<GatewayEnv> implements OriginCalls {
    ask(read: CacheableRead): Promise<OriginAnswer> {
      const config = resolve(this.env);
      const { audiences, headers, limits, timeouts } = config;
      return askOrigin(read, {
        url: config.origin + config.restPath,
        credentials: credentialsOf(read.audience, audiences),
        keptHeaders: headers.response,
        deadlineMs: timeouts.originMs,
        maxBodyBytes: limits.maxBodyBytes,
        mayVaryBy: (name) => mayVaryBy(name, headers),
      });
    }

    async schema(question: SchemaQuestion): ReturnType<SchemaSource["schema"]> {
      return askSchema(databaseOf(this.env, resolve(this.env)), question);
    }

    async changes(request: PullRequest): Promise<string> {
      return askChanges(databaseOf(this.env, resolve(this.env)), request);
    }

    async prune(): Promise<void> {
      return askPrune(databaseOf(this.env, resolve(this.env)));
    }
  }

  const Keeper = keeperClass<GatewayEnv>((ctx, env) => {
    const config = resolve(env);
    return {
      settings: keeperSettings(config, FLIGHT_GRACE_MS),
      origin: { fetch: (read) => originOf(ctx).ask(read) },
      database: captureSecretOf(env) === "" ? null : databaseThrough(ctx, schemaQuestionOf(config)),
      store: { put: (key, entry, expirationSeconds) => putEntry(env.KV, key, entry, expirationSeconds) },
    };
  });

  return { worker, Keeper, Origin: OriginEntrypoint };
}

/** This Worker's own `Origin` entrypoint. */
function originOf(ctx: DurableObjectState): OriginCalls {
  return (ctx.exports as unknown as { Origin: OriginCalls }).Origin;
}

function databaseThrough(ctx: DurableObjectState, question: SchemaQuestion): SchemaSource & ChangeSource {
  return {
    question,
    schema: () => originOf(ctx).schema(question),
    changes: (request) => originOf(ctx).changes(request),
    prune: () => originOf(ctx).prune(),
  };
}

function captureSecretOf(env: GatewayEnv): string {
  return env.TIDEMARK_CAPTURE_SECRET?.trim() ?? "";
}

/** A secret of the environment is too short to be used. The message names it and does not repeat it. */
class SecretError extends Error {
  override readonly name = "SecretError";
  readonly code = "secret-too-short";
}

/**
 * Where capture's functions are called. A guessable secret is never sent to the database; to the keeper the database then
 * fails, so nothing is proven and reads pass through. To treat it as no secret at all would make the keeper wait for
 * webhooks that never come.
 *
 * @throws SecretError when the capture secret is too short
 */
function databaseOf(env: GatewayEnv, config: ResolvedConfig): DatabaseTarget {
  const secret = captureSecretOf(env);
  if (isTooShort(secret)) {
    throw new SecretError(`TIDEMARK_CAPTURE_SECRET is shorter than ${MIN_SECRET_LENGTH} characters`);
  }
  return databaseTarget(config, { token: env.TIDEMARK_CAPTURE_TOKEN, secret });
}

export type { TidemarkConfig } from "./config/config.ts";
export type { GatewayEnv } from "./config/env.ts";
