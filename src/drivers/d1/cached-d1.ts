import type { CachePort } from "../read/cache-port.ts";
import { DriverReads, type DriverState, type Forbidden } from "../read/driver-reads.ts";
import { DriverStates } from "../read/driver-states.ts";
import type { DriverOptions, QueryOptions } from "../read/options.ts";
import type { StatementStatistics } from "../read/statistics.ts";
import type { Answer } from "./answers.ts";
import { catalogueOf } from "./catalogue.ts";
import { CountedWrites } from "./counted-writes.ts";
import { CachedStatement, type StatementContext } from "./statement.ts";

export interface CachedD1Options extends DriverOptions {
  /**
   * Part of every key: two databases behind one store need two names. Databases of one name also share what this isolate
   * knows of them, so name one that is wrapped anew for each request. Default: `"d1"` in keys, and the binding's identity.
   */
  readonly name?: string;
  /**
   * Whether `meta.changes` of a write leaves out the rows that capture's triggers have written; a write is then sent in one
   * batch with two reads that count them (four rows read). Default true. `false`: it is left as D1 gives it.
   */
  readonly correctChanges?: boolean;
}

/** A D1 database that answers from a cache what it may. Made by `cachedD1`. */
export interface CachedD1 extends D1Database {
  /** The same database, read around the cache. */
  readonly fresh: CachedD1;
  /** The same database, with options for what is asked through it: `db.with({ ttl: "1h", tags: ["prices"] })`. */
  with(options: QueryOptions): CachedD1;
  /** What this isolate has counted, by statement; the one that was seen first comes first. */
  statistics(): readonly StatementStatistics[];
}

/**
 * A D1 database for Drizzle, Prisma's adapter, Kysely or use by hand, whose SELECTs are answered from a cache that the
 * database itself invalidates:
 *
 * ```ts
 * const db = cachedD1(env.DB, cache);
 * ```
 *
 * Whatever is not certain to depend on rows alone is sent to the database as it came; `onEvent` and `statistics()` say why.
 * Cheap enough to call for every request. An answer from the cache has `cached: true` in its `meta`.
 *
 * @param database the binding itself, not a session of it, which may read an older replica
 * @param cache one whose keeper hears of this database's changes
 */
export function cachedD1(database: D1Database, cache: CachePort, options: CachedD1Options = {}): CachedD1 {
  const state = stateOf(database, options);
  const reads = new DriverReads(cache, state, { name: "d1", ...options });
  return new Database(database, reads, options, undefined) as unknown as CachedD1;
}

/** Shared by all requests of an isolate that have the same binding. */
const BY_BINDING = new WeakMap<D1Database, DriverStates>();
/** Shared by those that have the same name, where something is made of the binding for each request. */
const BY_NAME = new DriverStates("sqlite");

function stateOf(database: D1Database, options: CachedD1Options): DriverState {
  if (options.name !== undefined) return BY_NAME.of(options.name, options);
  const states = BY_BINDING.get(database) ?? new DriverStates("sqlite");
  BY_BINDING.set(database, states);
  return states.of("", options);
}

const COUNTS = new WeakMap<DriverState, CountedWrites>();

function countsOf(state: DriverState): CountedWrites {
  const counts = COUNTS.get(state) ?? new CountedWrites();
  COUNTS.set(state, counts);
  return counts;
}

class Database {
  readonly #database: D1Database;
  readonly #reads: DriverReads;
  readonly #options: CachedD1Options;
  readonly #forbidden: Forbidden;

  constructor(database: D1Database, reads: DriverReads, options: CachedD1Options, forbidden: Forbidden) {
    this.#database = database;
    this.#reads = reads;
    this.#options = options;
    this.#forbidden = forbidden;
  }

  get fresh(): Database {
    return new Database(this.#database, this.#reads, this.#options, "fresh");
  }

  with(query: QueryOptions): Database {
    return new Database(this.#database, this.#reads.with(query), this.#options, this.#forbidden);
  }

  statistics(): readonly StatementStatistics[] {
    return this.#reads.state.statistics.read();
  }

  prepare(sql: string): CachedStatement {
    return new CachedStatement(
      this.#context(this.#database, this.#forbidden),
      this.#database.prepare(sql),
      sql,
    );
  }

  batch(statements: readonly CachedStatement[]): Promise<readonly Answer[]> {
    return batch(this.#context(this.#database, "batch"), statements);
  }

  exec(sql: string): Promise<D1ExecResult> {
    this.#reads.report({ type: "pass-through", sql, reason: "not-a-read", detail: "exec" });
    return this.#reads.writing(() => this.#database.exec(sql));
  }

  /** What is asked in a session is passed through: it may have seen more than the cache. */
  withSession(constraint?: D1SessionBookmark | D1SessionConstraint) {
    const session = this.#database.withSession(constraint);
    const context = this.#context(session as unknown as D1Database, "session");
    return {
      prepare: (sql: string) => new CachedStatement(context, session.prepare(sql), sql),
      batch: (statements: readonly CachedStatement[]) => batch(context, statements),
      getBookmark: () => session.getBookmark(),
    };
  }

  dump(): Promise<ArrayBuffer> {
    return this.#database.dump();
  }

  #context(database: Pick<D1Database, "prepare" | "batch">, forbidden: Forbidden): StatementContext {
    const counts = (this.#options.correctChanges ?? true) ? countsOf(this.#reads.state) : undefined;
    return {
      reads: this.#reads,
      forbidden,
      counts,
      database,
      catalogue: catalogueOf(this.#database, this.#options),
    };
  }
}

/** Sends a batch on. */
function batch(
  { reads, counts, database }: StatementContext,
  statements: readonly (CachedStatement | D1PreparedStatement)[],
): Promise<readonly Answer[]> {
  const sent = statements.map((each) => {
    const sql = (each as { readonly statement?: string }).statement;
    const bare = each instanceof CachedStatement ? each.bare : each;
    return { sql, bare, isCounted: counts?.covers(sql) ?? false };
  });
  const uncounted = async () =>
    (await database.batch(sent.map(({ bare }) => bare))) as unknown as readonly Answer[];
  const ask = () => counts?.batch(database, sent, uncounted) ?? uncounted();
  for (const { sql = "" } of sent) reads.report({ type: "pass-through", sql, reason: "batch", detail: "" });
  const mayWrite = sent.some(({ sql }) => sql === undefined || reads.state.plans.of(sql).mayWrite);
  return mayWrite ? reads.writing(ask) : ask();
}
