import { type Duration, parseDuration } from "../../runtime/duration.ts";
import type { StandardSchema } from "../stores/store.ts";
import {
  DEFAULT_HARD_TIMEOUT_SECONDS,
  DEFAULT_JITTER,
  DEFAULT_TTL_SECONDS,
  MAX_LIFETIME_MS,
} from "./limits.ts";

/** How an entry is kept. Set for a cache, for a kind of key (`kinds`), or for a call; the nearest wins. */
export interface CoreEntryOptions<T = unknown> {
  /** Time to live, from the moment its load began. Default `"5m"`; at most 30 days. */
  readonly ttl?: Duration | ((value: T) => Duration);
  /** After that: serve it for so long, loading anew in the background. Default 0. */
  readonly staleWhileRevalidate?: Duration;
  /** After the time to live: serve it for so long when loading fails. Default 0. */
  readonly staleIfError?: Duration;
  /** How long "no such thing" (`load` gave `undefined`) is kept. Default 0: it is not kept. */
  readonly negativeTtl?: Duration;
  /** The time to live is shortened by a random share of up to this, 0 to 1. Default 0.1. */
  readonly jitter?: number;
}

export interface EntryOptions<T = unknown> extends CoreEntryOptions<T> {
  /** Names to invalidate it by, or how they follow from the value. */
  readonly tags?: readonly string[] | ((value: T) => readonly string[]);
}

export interface CoreLoadOptions<T = unknown> extends CoreEntryOptions<T> {
  /** With something to fall back on within `staleIfError`: serve that when loading takes longer. Default: never. */
  readonly softTimeout?: Duration;
  /** A load that takes longer is given up: its signal aborts, the caller gets `load-timeout`. Default `"20s"`. */
  readonly hardTimeout?: Duration;
  /**
   * Any Standard Schema: what is loaded must pass, and what the store has must pass or counts as absent. The caller gets
   * what this schema makes of it, and nobody else does. Define it once: memory knows schemas by their identity.
   */
  readonly validate?: StandardSchema<T>;
}

export interface LoadOptions<T = unknown> extends CoreLoadOptions<T>, EntryOptions<T> {}

/** `LoadOptions` of whatever value. */
export interface SomeLoadOptions extends Omit<LoadOptions<never>, "validate"> {
  readonly validate?: StandardSchema;
}

/** Options for keys that begin alike: `kinds: { user: { ttl: "1m", private: true } }` is for `user:…`. */
export interface CoreKindOptions extends Omit<CoreLoadOptions, "validate" | "ttl"> {
  /** Time to live, or what gives it for each entry. Default `"5m"`. */
  readonly ttl?: Duration | (() => Duration);
  /** True: a key of this kind must name its user (``key`orders:${user(id)}` ``), else it is not cached. */
  readonly private?: boolean;
}

export interface KindOptions extends CoreKindOptions {
  readonly tags?: readonly string[];
}

/** Options resolved: below this, nothing is optional. Milliseconds. */
export interface Policy {
  readonly ttl: Duration | ((value: never) => Duration);
  readonly staleMs: number;
  readonly errorMs: number;
  readonly negativeMs: number;
  /** A function when they follow from the value. */
  readonly tags: readonly string[] | ((value: never) => readonly string[]);
  readonly jitter: number;
  readonly softMs: number;
  readonly hardMs: number;
  readonly schema: StandardSchema | undefined;
  readonly private: boolean;
}

export function resolvePolicy(
  cache: KindOptions,
  kind: KindOptions | undefined,
  call: SomeLoadOptions,
): Policy {
  const options = { ...cache, ...kind, ...call };
  return {
    ttl: options.ttl ?? DEFAULT_TTL_SECONDS,
    staleMs: parseDuration(options.staleWhileRevalidate ?? 0),
    errorMs: parseDuration(options.staleIfError ?? 0),
    negativeMs: parseDuration(options.negativeTtl ?? 0),
    tags: options.tags ?? [],
    jitter: options.jitter ?? DEFAULT_JITTER,
    softMs: options.softTimeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(options.softTimeout),
    hardMs: parseDuration(options.hardTimeout ?? DEFAULT_HARD_TIMEOUT_SECONDS),
    schema: call.validate,
    private: kind?.private ?? cache.private ?? false,
  };
}

export interface Terms {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly errorMs: number;
  readonly capped: boolean;
}

/** What a policy means for one value. @throws RangeError when its `ttl` gives no duration. */
export function termsFor(policy: Policy, value: unknown, random: () => number): Terms {
  const { ttl, staleMs, errorMs } = policy;
  const exists = value !== undefined;
  const asked = exists
    ? parseDuration(typeof ttl === "function" ? ttl(value as never) : ttl)
    : policy.negativeMs;
  const ttlMs = Math.min(asked * (1 - policy.jitter * random()), MAX_LIFETIME_MS);
  // "No such thing" has no stale windows: what has since come into being should be found.
  const window = exists ? MAX_LIFETIME_MS - ttlMs : 0;
  return {
    ttlMs,
    staleMs: Math.min(staleMs, window),
    errorMs: Math.min(errorMs, window),
    capped: exists && (asked > MAX_LIFETIME_MS || Math.max(staleMs, errorMs) > window),
  };
}
