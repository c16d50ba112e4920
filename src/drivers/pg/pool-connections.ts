import { NotHere } from "../read/plans.ts";
import { connectionOf } from "./connection.ts";
import type { PgPool, PooledClient } from "./shapes.ts";

/** By pool: those of its connections that are not known to be as it made them. */
const SUSPECTS = new WeakMap<PgPool, Set<unknown>>();
/** Stands for a connection of which the pool does not say which it is. */
const SOME = Symbol("some connection");

/** The connections that a pool lends, and what is known of them. */
export class PoolConnections {
  readonly #pool: PgPool;
  readonly #suspects: Set<unknown>;
  readonly #isNamed: boolean;

  /** @param isNamed the caller has said whose answers these are, whatever the pool's listeners do with connections */
  constructor(pool: PgPool, isNamed: boolean) {
    this.#pool = pool;
    this.#isNamed = isNamed;
    this.#suspects = SUSPECTS.get(pool) ?? new Set();
    SUSPECTS.set(pool, this.#suspects);
  }

  /** Somebody gets each connection first, and may have sent what nobody knows of. */
  get areUnknown(): boolean {
    return !this.#isNamed && preparesConnections(this.#pool);
  }

  /** Whether it makes no difference which of them answers, as all are as the pool made them. */
  get areProven(): boolean {
    return this.#suspects.size === 0;
  }

  /** Something is sent over one of them, and the pool does not say which. */
  sendsOverOne(): void {
    this.#suspects.add(SOME);
  }

  /** @throws what connecting throws */
  async connect(): Promise<PooledClient> {
    const client = (await this.#pool.connect()) as PooledClient;
    await this.lent(client);
    return client;
  }

  /** Called for each client that the pool lends, before anything is sent over it. Undefined: there is nothing to wait for. */
  lent(client: PooledClient): Promise<void> | undefined {
    const connection = connectionOf(client);
    this.#suspects.delete(SOME);
    if (connection.suspects === undefined) {
      connection.suspects = this.#suspects;
      client.on?.("end", () => this.#suspects.delete(connection));
    }
    // The pool of `pg` counts for its `maxUses`, from the first release; others may not count.
    const isNew = connection.lent((client as { readonly _poolUseCount?: number })._poolUseCount);
    return isNew && this.#isNamed && preparesConnections(this.#pool) ? connection.begins(client) : undefined;
  }

  /**
   * Borrows a connection, and gives it back; one on which something failed is not used again, as `pool.query` does. One that
   * somebody has changed is left to the pool's owner.
   *
   * @throws what connecting or `work` throws
   */
  async lend<T>(work: (client: PooledClient) => Promise<T>): Promise<T> {
    const client = await this.connect();
    // Without a listener, a connection that breaks ends the process; what was asked over it fails anyway.
    const ignore = () => {};
    client.on?.("error", ignore);
    let failure: unknown;
    try {
      return await work(client);
    } catch (error) {
      if (!(error instanceof NotHere)) failure = error;
      throw error;
    } finally {
      client.removeListener?.("error", ignore);
      client.release(failure);
    }
  }
}

/** Whether somebody gets each connection first, and may send it settings, or a role, that nobody else sees. */
function preparesConnections(pool: PgPool): boolean {
  const { listenerCount, options } = pool as {
    listenerCount?(event: string): number;
    readonly options?: { readonly onConnect?: unknown; readonly verify?: unknown };
  };
  if (options?.onConnect != null || options?.verify != null) return true;
  return ["connect", "acquire"].some((event) => (listenerCount?.call(pool, event) ?? 0) > 0);
}
