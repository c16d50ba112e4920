import type { Duration } from "../../runtime/duration.ts";

/** What `cachedD1` and `cachedPg` give, as far as this is used. */
export interface CachedDatabase {
  /** The same database, with options for what is asked through it. */
  with(options: ViewOptions): CachedDatabase;
  /** The same database, read around the cache. */
  readonly fresh: CachedDatabase;
}

/** Options of a view of a database: all that is asked through it has them. */
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

/** What adapters call when a statement runs, in the context of the call that it is for: of D1, of a pool. */
const ENTRANCES = ["prepare", "query"] as const;

/**
 * The same database, each statement of which runs by the view that `viewOf` gives for it at that moment.
 *
 * @throws TypeError for what is neither a D1 database nor a pool, or does not cache
 */
export function askedThrough<D extends CachedDatabase>(database: D, viewOf: () => CachedDatabase): D {
  const entrance = ENTRANCES.find((name) => name in database);
  if (entrance === undefined || typeof database.with !== "function") {
    throw new TypeError("cachedPrisma takes what cachedD1(…) or cachedPg(…) gives");
  }
  const enter = (...asked: readonly unknown[]) => methodOf(viewOf(), entrance)(...asked);
  // A proxy, so that it is still an instance of its class: adapters ask for that.
  return new Proxy(database, {
    get: (target, name) => (name === entrance ? enter : methodOf(target, name)),
  });
}

type Method = (...given: readonly unknown[]) => unknown;

/** Methods are called on the database itself, whose private members are its own; a class, such as `pool.Client`, is not one. */
function methodOf(database: object, name: string | symbol): Method {
  const value: unknown = Reflect.get(database, name);
  const isMethod = typeof value === "function" && name !== "constructor" && name !== "Client";
  return (isMethod ? value.bind(database) : value) as Method;
}
