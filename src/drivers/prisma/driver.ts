import type { Duration } from "../../runtime/duration.ts";

/** What `cachedD1` and `cachedPg` give, as far as this extension uses it. */
export interface CachedDatabase {
  /** The same database, with options for what is asked through it. */
  with(options: ViewOptions): CachedDatabase;
  /** The same database, read around the cache. */
  readonly fresh: CachedDatabase;
}

export interface ViewOptions {
  readonly ttl?: Duration;
  readonly staleWhileRevalidate?: Duration;
  readonly tags?: readonly string[];
  /** Hears of every statement, in the turn in which it is answered. */
  readonly onEvent?: (event: StatementEvent) => void;
}

/** What became of a statement. */
export type StatementEvent =
  | { readonly type: "hit" | "stale" | "miss"; readonly ageMs: number }
  | { readonly type: "pass-through"; readonly reason: string };

/** The cache behind the database, or another one of its namespace. */
export interface InvalidatedCache {
  /** Forgets the entries that have one of the tags. @throws CacheError `invalidation-failed` */
  invalidateTags(tags: readonly string[]): Promise<void>;
}

/** By which adapters ask: D1's and pg's. They call it when a statement runs, in the context of the call that it is for. */
const ENTRANCES = ["prepare", "query"] as const;

/**
 * Makes every statement of a database one of the view that `viewOf` gives for it, when it is about to run.
 *
 * @throws TypeError for what is neither a D1 database nor a pool
 */
export function askThrough(database: CachedDatabase, viewOf: () => CachedDatabase): void {
  const entrance = ENTRANCES.find((name) => name in database);
  if (entrance === undefined || !("with" in database)) {
    throw new TypeError("withTidemark takes what cachedD1(…) or cachedPg(…) gives");
  }
  Object.defineProperty(database, entrance, {
    configurable: true,
    value: (...asked: readonly unknown[]) =>
      (viewOf() as unknown as Record<typeof entrance, (...asked: readonly unknown[]) => unknown>)[entrance](
        ...asked,
      ),
  });
}
