import type { CacheError } from "./errors.ts";

/** Where a value was found. */
export type Tier = "memory" | "store";

/** Why a value was not stored. Events, docs and statistics use these names. */
export const REFUSALS = {
  "too-large": "its text is longer than maxValueLength",
  "not-serializable":
    "the codec would lose some of it, e.g. a Set, bytes or a BigInt as JSON; the event's error says where",
  "no-lifetime": "its time to live is 0, or there is no such thing and no negativeTtl",
  "invalidated-meanwhile": "one of its names was invalidated, or its key written, while it was loading",
  "cannot-prove": "it is not known what had been invalidated elsewhere when its load began",
  "another-schema":
    "the stored entry passes another reader's schema but not this one's, and is left in place",
  "private-without-user": "its kind is declared private, and the key does not name a user",
} as const;
/** Why a value was not stored: a name of `REFUSALS`. */
export type Refusal = keyof typeof REFUSALS;

/** Why a value had to be loaded. */
export const MISSES = {
  absent: "no tier has it",
  expired: "its time to live and its stale windows are over",
  invalidated: "it was deleted, or something it depends on was invalidated",
  invalid: "the stored entry cannot be decoded, or fails the schema",
  unknown: "the store did not answer",
} as const;
/** Why a value had to be loaded: a name of `MISSES`. */
export type Miss = keyof typeof MISSES;

/** Why a value was served after its time to live. */
export type StaleReason =
  /** within `staleWhileRevalidate`, or invalidated a moment ago within the bound; it is being reloaded */
  | "revalidating"
  /** within `staleIfError`, and the load failed */
  | "if-error"
  /** within `staleIfError`, and the load takes longer than `softTimeout` */
  | "slow";

/** What the store was asked for when it failed. */
export type StoreOperation = "get" | "put" | "delete" | "list" | "invalidate";

/** Everything that happens in a cache. All of it goes to one reporter (`onEvent`); nothing else prints or counts. */
export type CacheEvent =
  | { readonly type: "hit"; readonly key: string; readonly tier: Tier; readonly ageMs: number }
  | {
      readonly type: "stale";
      readonly key: string;
      readonly tier: Tier;
      readonly ageMs: number;
      readonly reason: StaleReason;
    }
  | { readonly type: "miss"; readonly key: string; readonly reason: Miss }
  /** Answered by another request's load. */
  | { readonly type: "join"; readonly key: string }
  | { readonly type: "load"; readonly key: string; readonly durationMs: number }
  | { readonly type: "load-error"; readonly key: string; readonly error: unknown }
  /** Stored. `length` is that of the encoded text, 0 when it records that there is no such thing. */
  | { readonly type: "set"; readonly key: string; readonly length: number; readonly ttlMs: number }
  /** Not stored. `error` comes with `not-serializable`: what the codec would lose, and where in the value it is. */
  | {
      readonly type: "refuse";
      readonly key: string;
      readonly reason: Refusal;
      readonly error?: CacheError | undefined;
    }
  /** A time to live or a stale window exceeded thirty days and was cut. */
  | { readonly type: "lifetime-capped"; readonly key: string }
  /** Something was forgotten, as the caller named it, in the namespace of the cache that it was called on. */
  | {
      readonly type: "invalidate";
      readonly keys?: readonly string[];
      /** Levels, without the `:` behind them. */
      readonly prefixes?: readonly string[];
      readonly tags?: readonly string[];
      /** The whole namespace. */
      readonly everything?: true;
    }
  /** No column of these is followed, so the entry stands on all of the table. Once for each. */
  | { readonly type: "coarser"; readonly table: string; readonly columns: readonly string[] }
  /** The database does not tell the changes of a table that is read, so nothing of it is stored. Once for each. */
  | { readonly type: "unwatched"; readonly table: string }
  | { readonly type: "store-error"; readonly operation: StoreOperation; readonly error: unknown };

/** What was forgotten, in the caller's words. */
export type Invalidated = Omit<Extract<CacheEvent, { readonly type: "invalidate" }>, "type">;

/** Hears every event, in the turn in which it happens. */
export type Reporter = (event: CacheEvent) => void;
