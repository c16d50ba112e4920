import type { CachePort } from "../read/cache-port.ts";
import { DriverReads } from "../read/driver-reads.ts";
import { DriverStates } from "../read/driver-states.ts";
import type { DriverOptions, QueryOptions } from "../read/options.ts";
import type { StatementStatistics } from "../read/statistics.ts";
import { delivered, queryCall } from "./call.ts";
import { connectionOf, effectOfText } from "./connection.ts";
import { identityNamed, identityOf } from "./identity.ts";
import { lazyClient } from "./lazy-client.ts";
import { PoolConnections } from "./pool-connections.ts";
import { clientQuery, opaque, Queries, sendOver } from "./queries.ts";
import type { PgClient, PgPool, PgResult, PgTypes, PooledClient } from "./shapes.ts";
import { typesOf } from "./types-of.ts";

export interface CachedPgOptions extends DriverOptions {
  /**
   * Part of every key. Readers with the same name share answers, so they must have the same rights in the same database.
   * Default: the user, host, port, database and start-up options with which the pool's `Client` connects.
   */
  readonly name?: string;
  /** Parsers of values that a query does not bring itself. Default: the pool's, or those of its `Client`. */
  readonly types?: PgTypes;
  /**
   * `true`: `await pool.connect()` gives a client that takes a connection only when something must be sent. Kysely connects
   * for every query, also for those that the cache answers. Until then the client has `query`, `release` and listeners, and
   * a connection that fails is an error of the first query that needs it. Default false.
   */
  readonly lazyConnect?: boolean;
}

/** What `cachedPg` adds to a pool. */
export interface CachedPgExtras<P> {
  /** The same pool, read around the cache. */
  readonly fresh: P & CachedPgExtras<P>;
  /** The same pool, with options for what is asked through it: `pool.with({ ttl: "1h", tags: ["prices"] })`. */
  with(options: QueryOptions): P & CachedPgExtras<P>;
  /** What this isolate has counted, by statement; the one that was seen first comes first. */
  statistics(): readonly StatementStatistics[];
}

/**
 * A pool of `pg`, or anything shaped like one, whose SELECTs are answered from a cache that the database itself
 * invalidates: for Drizzle, Kysely, Prisma's adapter or use by hand.
 *
 * ```ts
 * const pool = cachedPg(new Pool({ connectionString }), cache);
 * ```
 *
 * In a transaction, and on a connection whose settings, role or temporary tables somebody has changed, everything is sent
 * to the database as it came. An answer from the cache has `cached: true`.
 *
 * @param pool of the primary; a cache of queries in front of it, such as Hyperdrive's, must be off
 * @param cache one whose keeper hears of this database's changes
 * @throws PoolIdentityError, code `name-required`, when the option `name` is missing and the pool does not say whom it asks as
 */
export function cachedPg<P extends PgPool>(
  pool: P,
  cache: CachePort,
  options: CachedPgOptions = {},
): P & CachedPgExtras<P> {
  const { types, lazyConnect = false, ...others } = options;
  const identity = options.name === undefined ? identityOf(pool) : identityNamed(options.name, pool);
  const state = STATES.of(JSON.stringify([identity.name, identity.proof]), others);
  const reads = new DriverReads(cache, state, { ...others, name: `pg ${identity.name}` });
  const connections = new PoolConnections(pool, options.name !== undefined);
  const forbidden = () => (connections.areUnknown ? "connection" : undefined);
  const queries = new Queries(reads, forbidden, () => types ?? typesOf(pool));
  return wrapped({ pool, connections, isLazy: lazyConnect }, queries);
}

/**
 * Shared by all pools of an isolate that have the same name and the same password, since a Worker makes one for each request.
 * Nothing is answered from the cache before the catalogue has been asked for over a connection of such a pool, so a wrong
 * password gets the error of the database.
 */
const STATES = new DriverStates("postgres");

interface Wrapped<P> {
  readonly pool: P;
  readonly connections: PoolConnections;
  readonly isLazy: boolean;
}

/** A proxy, so that it is still an instance of its class, with all that this has. */
function wrapped<P extends PgPool>(what: Wrapped<P>, queries: Queries): P & CachedPgExtras<P> {
  const { pool, connections, isLazy } = what;
  const clients = new WeakMap<PgClient, PgClient>();
  // One for each client: callers know a connection again.
  const clientOf = (client: PgClient) => {
    const wrapped = clients.get(client) ?? wrappedClient(queries, client);
    clients.set(client, wrapped);
    return wrapped;
  };
  const added: Record<PropertyKey, unknown> = {
    query: (...given: unknown[]) => poolQuery(queries, what, given),
    connect: (callback?: ConnectCallback) =>
      isLazy && callback === undefined
        ? Promise.resolve(lazyClient(queries, connections, clientOf))
        : connect(what, clientOf, callback),
    with: (query: QueryOptions) => wrapped(what, queries.with(queries.reads.with(query))),
    statistics: () => queries.reads.state.statistics.read(),
  };
  return new Proxy(pool, {
    get(target, property) {
      if (Object.hasOwn(added, property)) return added[property];
      return property === "fresh" ? wrapped(what, queries.fresh) : ofTarget(target, property);
    },
    has: (target, property) => property === "fresh" || Object.hasOwn(added, property) || property in target,
    // What somebody defines on it is its own, and not the pool's.
    defineProperty(_, property, { value }) {
      added[property] = value;
      return true;
    },
  }) as P & CachedPgExtras<P>;
}

type ConnectCallback = (error: unknown, client?: PgClient, release?: (error?: unknown) => void) => void;

function connect(
  { pool, connections }: Wrapped<PgPool>,
  clientOf: (client: PgClient) => PgClient,
  callback: ConnectCallback | undefined,
): unknown {
  if (typeof callback !== "function") return connections.connect().then(clientOf);
  return pool.connect((error: unknown, client: PooledClient | undefined, release: () => void) => {
    if (client === undefined) return callback(error, client, release);
    const lent = connections.lent(client);
    if (lent === undefined) callback(error, clientOf(client), release);
    // In a turn of its own: what a callback throws is not the promise's.
    else lent.then(() => queueMicrotask(() => callback(error, clientOf(client), release)));
  });
}

function wrappedClient<C extends PgClient>(queries: Queries, client: C): C {
  const query = (...given: unknown[]) => clientQuery(queries, client, given);
  return new Proxy(client, {
    get: (target, property) => (property === "query" ? query : ofTarget(target, property)),
  });
}

/** Methods are called on what is wrapped: its private members are its own. */
function ofTarget(target: object, property: string | symbol): unknown {
  const value: unknown = Reflect.get(target, property, target);
  if (typeof value !== "function" || property === "constructor") return value;
  return (...given: unknown[]) => (value as (...given: unknown[]) => unknown).apply(target, given);
}

function poolQuery(
  queries: Queries,
  { pool, connections }: Wrapped<PgPool>,
  given: readonly unknown[],
): unknown {
  const { reads } = queries;
  const call = queryCall(given);
  if (call.kind === "opaque") {
    connections.sendsOverOne();
    return opaque(queries, call.sql, given[0], () => pool.query(...given));
  }
  const { sql, config, callback } = call;
  // Which connection a pool takes for `query` it does not say, so one is borrowed.
  const send = () =>
    connections.lend((client) => {
      connectionOf(client).note(effectOfText(sql));
      return sendOver(client, config);
    });
  if (reads.state.plans.of(sql).mayWrite) return delivered(reads.write(sql, send), callback);
  const answering = connections.areProven
    ? queries.read(call, undefined, send, (work) => connections.lend((client) => work(client, () => {})))
    : // As the one would answer of which the pool says that it is to.
      connections.lend((client) => clientQuery(queries, client, [config]) as Promise<PgResult>);
  return delivered(answering, callback);
}
