// Package export "tidemark/hono". It imports only Hono's types.

import type { Context, Env, MiddlewareHandler } from "hono";
import type { Cache } from "./cache.ts";
import type { ExecutionContextLike } from "./context/context.ts";
import { type CacheOptions, createCache } from "./create.ts";

/** What `withCache` adds to `c.var`. Use it as the `Variables` of your `Hono<{ … }>`. */
export interface CacheVariables {
  cache: Cache;
}

/**
 * Middleware that sets `c.var.cache`, a cache with the request's `waitUntil`.
 *
 * @param options the options of `createCache` without `ctx`; usually `(c) => ({ kv: c.env.KV })`
 * @throws RangeError, within the request, when an option is no duration
 */
export function withCache<E extends Env>(
  options: (c: Context<E>) => CacheOptions,
): MiddlewareHandler<E & { Variables: CacheVariables }> {
  return async (c, next) => {
    c.set("cache", cacheOf(c, options(c as unknown as Context<E>)));
    await next();
  };
}

/** A cache for one handler: `cacheOf(c, { kv: c.env.KV })`. @throws RangeError when an option is no duration */
export function cacheOf(c: { readonly executionCtx: ExecutionContextLike }, options: CacheOptions): Cache {
  const ctx = contextOf(c);
  return createCache(ctx === undefined ? options : { ...options, ctx });
}

/** Hono's getter throws where there is no such context: in Node, and in the `app.request` of a test. */
function contextOf(c: { readonly executionCtx: ExecutionContextLike }): ExecutionContextLike | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
