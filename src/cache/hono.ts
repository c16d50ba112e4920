// Package export "tidemark/hono". It imports only Hono's types.

import type { Context, Env, MiddlewareHandler } from "hono";
import type { Cache } from "./cache.ts";
import type { ExecutionContextLike } from "./context/context.ts";
import { type CacheOptions, createCache } from "./create.ts";
import type { Codec } from "./entry/codec.ts";
import type { Format } from "./jsonified.ts";

/** What `withCache` adds to `c.var`. Use it as the `Variables` of your `Hono<{ … }>`; with a codec, as `<"codec">`. */
export interface CacheVariables<F extends Format = "json"> {
  cache: Cache<F>;
}

/** Options of a cache. One with a codec is told apart by its `Format`, as TypeScript does not infer it here. */
export type CacheOptionsOf<F extends Format> = F extends "json"
  ? CacheOptions
  : CacheOptions & { readonly codec: Codec };

/**
 * Middleware that sets `c.var.cache`, a cache with the request's `waitUntil`.
 *
 * @param options the options of `createCache` without `ctx`; usually `(c) => ({ kv: c.env.KV })`
 * @throws CacheError `invalid-option`, within the request
 */
export function withCache<E extends Env, F extends Format = "json">(
  options: (c: Context<E>) => CacheOptionsOf<F>,
): MiddlewareHandler<E & { Variables: CacheVariables<F> }> {
  return async (c, next) => {
    c.set("cache", cacheOf(c, options(c as unknown as Context<E>)));
    await next();
  };
}

/** A cache for one handler: `cacheOf(c, { kv: c.env.KV })`. @throws CacheError `invalid-option` */
export function cacheOf<F extends Format = "json">(
  c: { readonly executionCtx: ExecutionContextLike },
  options: CacheOptionsOf<F>,
): Cache<F> {
  const ctx = contextOf(c);
  const all: CacheOptions = ctx === undefined ? options : { ...options, ctx };
  // Which of the two it is follows from the codec, as for `createCache`.
  return createCache(all) as Cache<Format> as Cache<F>;
}

/** Hono's getter throws where there is no such context: in Node, and in the `app.request` of a test. */
function contextOf(c: { readonly executionCtx: ExecutionContextLike }): ExecutionContextLike | undefined {
  try {
    return c.executionCtx;
  } catch {
    return undefined;
  }
}
