import type { RowMap } from "../../rows/row-map.ts";
import type { Rows } from "../../rows/rows.ts";
import type { Duration } from "../../runtime/duration.ts";

/** What a driver needs of a cache. `Cache` of the library is one. */
export interface CachePort {
  lookup(
    key: string,
    load: () => Promise<unknown>,
    options: CachePortOptions,
  ): Promise<{ readonly value: unknown; readonly status: LookupStatus; readonly ageMs: number }>;
  followed(): Promise<RowMap | undefined>;
  catchUp(): Promise<boolean>;
  /** The same for all caches of an isolate that hear of changes in the same way. Default: the cache itself. */
  readonly source?: object;
}

export type LookupStatus = "hit" | "stale" | "miss" | "bypass";

export interface CachePortOptions {
  readonly reads: readonly Rows[];
  readonly ttl?: Duration;
  readonly staleWhileRevalidate?: Duration;
  readonly staleIfError?: Duration;
  readonly hardTimeout?: Duration;
  readonly tags?: readonly string[];
}
