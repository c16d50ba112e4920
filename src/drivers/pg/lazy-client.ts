import { delivered, queryCall } from "./call.ts";
import { effectOfText } from "./connection.ts";
import type { PoolConnections } from "./pool-connections.ts";
import { clientQuery, type Queries, sendOver } from "./queries.ts";
import type { PgClient, PgResult, PooledClient } from "./shapes.ts";

type Listening = readonly [method: "on" | "once" | "removeListener" | "off", ...given: unknown[]];

/**
 * A client that is borrowed from its pool only when something has to be sent: what is answered from the cache needs no
 * connection.
 */
class LazyClient {
  readonly #queries: Queries;
  readonly #connections: PoolConnections;
  readonly #wrap: (client: PgClient) => PgClient;
  #opening: Promise<PooledClient> | undefined;
  #client: PooledClient | undefined;
  #isReleased = false;
  #listening: Listening[] = [];
  /** The statement before, until there is a client that keeps the order. */
  #before: Promise<unknown> = Promise.resolve();

  /** @param wrap gives what is known as the borrowed client */
  constructor(queries: Queries, connections: PoolConnections, wrap: (client: PgClient) => PgClient) {
    this.#queries = queries;
    this.#connections = connections;
    this.#wrap = wrap;
  }

  /** The borrowed client, as its caller knows it; undefined before there is one. */
  get borrowed(): PgClient | undefined {
    return this.#client && this.#wrap(this.#client);
  }

  query(...given: unknown[]): unknown {
    if (this.#client !== undefined) return clientQuery(this.#queries, this.#client, given);
    const call = queryCall(given);
    if (call.kind === "opaque") {
      this.#inTurn((client) => clientQuery(this.#queries, client, given));
      return given[0];
    }
    const { mayWrite } = this.#queries.reads.state.plans.of(call.sql);
    const { callback, config } = call;
    if (mayWrite || effectOfText(call.sql) !== "none") {
      const sending = this.#inTurn((client) => clientQuery(this.#queries, client, [config]));
      return delivered(sending as Promise<PgResult>, callback);
    }
    const reading = this.#before.then(async () => {
      // Somebody else in the meantime needed a connection, or it makes a difference which it is: then it says what may be cached.
      if (this.#client !== undefined || !this.#connections.areProven)
        return clientQuery(this.#queries, await this.#open(), [config]) as Promise<PgResult>;
      const send = async () => sendOver(await this.#open(), config);
      return this.#queries.read(call, undefined, send, async (work) => work(await this.#open(), () => {}));
    });
    this.#before = reading.catch(() => {});
    return delivered(reading, callback);
  }

  /** Gives the connection back, if there is one. */
  release(error?: unknown): void {
    if (this.#isReleased)
      throw new Error("Release called on client which has already been released to the pool.");
    this.#isReleased = true;
    if (this.#client !== undefined) this.#client.release(error);
    else this.#opening?.then((client) => client.release(error)).catch(() => {});
  }

  /** Listeners are added to the client when there is one. */
  listen(listening: Listening): void {
    if (this.#client === undefined) this.#listening.push(listening);
    else listened(this.#client, listening);
  }

  #inTurn(work: (client: PooledClient) => unknown): Promise<unknown> {
    const working = this.#before.then(async () => work(await this.#open()));
    this.#before = working.catch(() => {});
    return working;
  }

  #open(): Promise<PooledClient> {
    if (this.#isReleased)
      return Promise.reject(new Error("Client was released to the pool and is not queryable"));
    this.#opening ??= this.#connections.connect().then((client) => {
      this.#client = client;
      for (const listening of this.#listening.splice(0)) listened(client, listening);
      return client;
    });
    return this.#opening;
  }
}

function listened(client: PooledClient, [method, ...given]: Listening): void {
  (client as unknown as Record<string, (...given: unknown[]) => void>)[method]?.(...given);
}

/** Looks like a client of the pool, as far as one can without a connection. */
export function lazyClient(
  queries: Queries,
  connections: PoolConnections,
  wrap: (client: PgClient) => PgClient,
): PgClient {
  const lazy = new LazyClient(queries, connections, wrap);
  const own: PgClient = {
    query: (...given: unknown[]) => lazy.query(...given),
  };
  const proxy: PgClient = new Proxy(own, {
    get(target, property) {
      if (property === "query") return target.query;
      if (property === "release") return (error?: unknown) => lazy.release(error);
      const { borrowed } = lazy;
      if (borrowed !== undefined) return Reflect.get(borrowed, property);
      if (property === "on" || property === "once" || property === "removeListener" || property === "off") {
        return (...given: unknown[]) => {
          lazy.listen([property, ...given]);
          return proxy;
        };
      }
      return undefined;
    },
  });
  return proxy;
}
