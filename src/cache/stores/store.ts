/**
 * Where entries live for the world: three methods, plus two that save operations where the store has them.
 * Any key-value store will do, eventually consistent or not. Run `tidemark/test-suite` against an adapter of
 * your own.
 */
export interface Store {
  /** The text under `key`, or `undefined`/`null` when there is none (or it has expired). */
  get(key: string): Promise<string | null | undefined>;
  /** Stores text that may be dropped after `expiresInSeconds`; a store with a minimum may keep it longer. */
  put(key: string, text: string, expiresInSeconds: number): Promise<void>;
  /** Removes a key; removing one that is absent is no error. */
  delete(key: string): Promise<void>;
  /** Many at once, at most `BULK_KEYS` (100); keys without a value may be missing from the map. */
  getMany?(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** A page of keys that start with `prefix`; no `cursor` in the answer means it was the last. */
  list?(prefix: string, options: ListOptions): Promise<StoreList>;
}

/** Which page of a store's keys to list. */
export interface ListOptions {
  /** At most this many keys, 1 to 1,000. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface StoreList {
  readonly keys: readonly string[];
  readonly cursor?: string | undefined;
}

/**
 * What lets work outlive a response: the `ctx` of a Worker, Hono's `c.executionCtx`, a Durable Object's `ctx`, or
 * `{ waitUntil }` from `cloudflare:workers`.
 */
export interface ExecutionContextLike {
  waitUntil(work: Promise<unknown>): void;
}

/** How values become text. The default is JSON. */
export interface Codec {
  encode(value: unknown): string;
  /** @throws anything, on text that `encode` cannot have produced; the entry then counts as absent. */
  decode(text: string): unknown;
}

/** The part of Standard Schema v1 that is used (https://standardschema.dev): Zod, Valibot, ArkType and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
}
