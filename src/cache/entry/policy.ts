import type { RowReads } from "../../rows/rows.ts";
import type { Duration } from "../../runtime/duration.ts";
import {
  DEFAULT_HARD_TIMEOUT_SECONDS,
  DEFAULT_JITTER,
  DEFAULT_TTL_SECONDS,
  MAX_LIFETIME_MS,
} from "./limits.ts";
import { milliseconds, mustBeNone } from "./options.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** How long an entry lives. The options of a call win over those of its kind (`kinds`), and these over the cache's. */
export interface CoreEntryOptions<T = unknown> {
  /**
   * Time to live, counted from the start of the load; or a function that derives it from the value. Default `"5m"`; at
   * most 30 days. With 0 and no stale window, nothing is stored.
   */
  readonly ttl?: Duration | ((value: T) => Duration);
  /** How long after its time to live it is served while it is reloaded in the background. Default 0. */
  readonly staleWhileRevalidate?: Duration;
  /** How long after its time to live it is served when loading fails. Default 0. */
  readonly staleIfError?: Duration;
  /** How long it is remembered that there is no such thing (`load` gave `undefined`). Default 0: not at all. */
  readonly negativeTtl?: Duration;
  /** Shortens the time to live by a random share of up to this, 0 to 1. Default 0.1. */
  readonly jitter?: number;
}

export interface EntryOptions<T = unknown> extends CoreEntryOptions<T> {
  /** Names to invalidate the entry by, or a function that derives them from the value. Default: none. */
  readonly tags?: readonly string[] | ((value: T) => readonly string[]);
}

export interface CoreLoadOptions<T = unknown> extends CoreEntryOptions<T> {
  /** When loading takes longer than this, an older value within `staleIfError` is served. Default: never. */
  readonly softTimeout?: Duration;
  /** When loading takes longer than this, its signal aborts and the call fails with `load-timeout`. Default `"20s"`. */
  readonly hardTimeout?: Duration;
  /**
   * Any Standard Schema. A loaded value must pass; a stored value that does not pass counts as absent. The caller gets
   * the schema's output; callers with another schema get theirs. Define it once: memory knows schemas by identity.
   */
  readonly validate?: StandardSchema<T>;
}

export interface LoadOptions<T = unknown> extends CoreLoadOptions<T>, EntryOptions<T> {
  /**
   * The rows that `load` reads, from **every** table that it names: when one of them changes, the database invalidates the
   * entry. With a keeper that has a source of changes only (`libraryKeeper`).
   */
  readonly reads?: RowReads<T>;
}

/** With a schema, readers get what it makes of the value. */
export interface Validated<T> {
  readonly validate: StandardSchema<T>;
}

/** `LoadOptions` for a value of any type. */
export interface SomeLoadOptions extends Omit<LoadOptions<never>, "validate"> {
  readonly validate?: StandardSchema;
}

/** Options for all keys with the same first level: `kinds: { user: { ttl: "1m", private: true } }` is for `user:…`. */
export interface CoreKindOptions extends Omit<CoreLoadOptions, "validate" | "ttl"> {
  /** Time to live, or what gives it for each entry. Default `"5m"`. */
  readonly ttl?: Duration | (() => Duration);
  /** True: a key that does not name its user (``key`orders:${user(id)}` ``) is not cached. Default false. */
  readonly private?: boolean;
}

export interface KindOptions extends CoreKindOptions {
  readonly tags?: readonly string[];
}

/** Resolved options, with every default filled in. Durations are in milliseconds. */
export interface Policy {
  /** Milliseconds; a function gives a duration. */
  readonly ttl: number | ((value: never) => Duration);
  readonly staleMs: number;
  readonly errorMs: number;
  readonly negativeMs: number;
  /** A function when they follow from the value. */
  readonly tags: readonly string[] | ((value: never) => readonly string[]);
  readonly jitter: number;
  readonly softMs: number;
  readonly hardMs: number;
  readonly schema: StandardSchema | undefined;
  readonly private: boolean | undefined;
}

/** @throws CacheError `invalid-option` when an option is unknown, or no duration */
export function resolvePolicy(
  cache: KindOptions,
  kind: KindOptions | undefined,
  { validate, ...call }: SomeLoadOptions,
): Policy {
  const { private: isPrivate, ...inherited } = { ...cache, ...kind };
  const {
    ttl = DEFAULT_TTL_SECONDS,
    staleWhileRevalidate = 0,
    staleIfError = 0,
    negativeTtl = 0,
    tags = [],
    jitter = DEFAULT_JITTER,
    softTimeout,
    hardTimeout = DEFAULT_HARD_TIMEOUT_SECONDS,
    ...others
  } = { ...inherited, ...call };
  mustBeNone(others);
  return {
    ttl: typeof ttl === "function" ? ttl : milliseconds("ttl", ttl),
    staleMs: milliseconds("staleWhileRevalidate", staleWhileRevalidate),
    errorMs: milliseconds("staleIfError", staleIfError),
    negativeMs: milliseconds("negativeTtl", negativeTtl),
    tags,
    jitter,
    softMs: softTimeout === undefined ? Number.POSITIVE_INFINITY : milliseconds("softTimeout", softTimeout),
    hardMs: milliseconds("hardTimeout", hardTimeout),
    schema: validate,
    private: isPrivate,
  };
}

/** What a policy means for one value. */
export interface Terms {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly errorMs: number;
  /** True when something exceeded `MAX_LIFETIME_MS` and was cut. */
  readonly capped: boolean;
}

/** @throws CacheError `invalid-option` when `ttl` gives no duration, and anything that `ttl` throws */
export function termsFor(policy: Policy, value: unknown, random: () => number): Terms {
  const { ttl, staleMs, errorMs } = policy;
  const exists = value !== undefined;
  // What is computed may be of any size: an expiry date can be far away.
  const ttlOf = () =>
    typeof ttl === "function" ? milliseconds("ttl", ttl(value as never), Number.POSITIVE_INFINITY) : ttl;
  const asked = exists ? ttlOf() : policy.negativeMs;
  const ttlMs = Math.min(asked * (1 - policy.jitter * random()), MAX_LIFETIME_MS);
  // "No such thing" has no stale windows, so that a thing that comes into being is found.
  const window = exists ? MAX_LIFETIME_MS - ttlMs : 0;
  return {
    ttlMs,
    staleMs: Math.min(staleMs, window),
    errorMs: Math.min(errorMs, window),
    capped: exists && (asked > MAX_LIFETIME_MS || Math.max(staleMs, errorMs) > window),
  };
}
