// For Hono, which gives a request's context in a way of its own. Types only: Hono is not loaded by this.

import type { Context, Env, MiddlewareHandler } from "hono";
import type { Cache } from "./cache.ts";
import { type CacheOptions, createCache } from "./create.ts";
import type { ExecutionContextLike } from "./stores/store.ts";

/** What `withCache` adds to `c.var`; name it in the `Variables` of your `Hono<{ … }>`. */
export interface CacheVariables {
  cache: Cache;
}

/**
 * Middleware: `c.var.cache`, made for each request with its `waitUntil`.
 *
 * @param options what `createCache` takes, but `ctx`; usually `(c) => ({ kv: c.env.KV })`
 */
export function withCache<E extends Env>(
  options: (c: Context<E>) => CacheOptions,
): MiddlewareHandler<E & { Variables: CacheVariables }> {
  return async (c, next) => {
    c.set("cache", cacheOf(c, options(c as unknown as Context<E>)));
    await next();
  };
}

/** A cache for one handler: `cacheOf(c, { kv: c.env.KV })`. */
export function cacheOf(c: { readonly executionCtx: ExecutionContextLike }, options: CacheOptions): Cache {
  const ctx = contextOf(c);
  return createCache(ctx === undefined ? options : { ...options, ctx });
}

/** Hono's getter throws where there is no such context, as in Node and in `app.request` of a test. */
function contextOf(c: { readonly executionCtx: ExecutionContextLike }): ExecutionContextLike | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
