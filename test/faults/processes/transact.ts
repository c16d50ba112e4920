import { setTimeout as sleep } from "node:timers/promises";
import type { Sql, TransactionSql } from "postgres";
import type { Postgres } from "../../../testing/postgres.ts";
import type { Transaction, Truth } from "../judge/truth.ts";

/** Resolves while the connection lives; never settles once it is lost. */
export type Here = () => Promise<void>;

/** One connection, which is lost with the server and restored with it. */
export class Client {
  readonly sql: Sql;
  #lost = 0;

  constructor(postgres: Postgres) {
    this.sql = postgres.sql({
      max: 1,
      // Plans that were prepared before a column was added fail.
      prepare: false,
      // This query's rejection is uncaught when the connection is lost in the middle of it (postgres 3.4.9).
      fetch_types: false,
      backoff: () => 0.1,
      connect_timeout: 2,
      onclose: () => {
        this.#lost++;
      },
    });
  }

  /**
   * `sql.begin` rejects when its connection is lost, but what runs inside goes on, and its next query throws where
   * nothing can catch it (postgres 3.4.9, `nextWrite` of a socket that is null). So it must not go on.
   */
  here(): Here {
    const lost = this.#lost;
    return () => (this.#lost === lost ? Promise.resolve() : new Promise(() => {}));
  }
}

/**
 * Runs `body` in a transaction, and records its outcome. If the connection breaks during COMMIT, asks the database once it
 * answers again. Resolves with whether the transaction was committed.
 */
export async function transact(
  client: Client,
  truth: Truth,
  body: (tx: TransactionSql, transaction: Transaction, here: Here) => Promise<void>,
): Promise<boolean> {
  const { sql } = client;
  const transaction = truth.begin();
  const id = crypto.randomUUID();
  let here: Here;
  try {
    await sql.begin(async (tx) => {
      here = client.here();
      try {
        await body(tx, transaction, here);
        await here();
        await tx`insert into harness.committed values (${id})`;
      } catch (error) {
        await here();
        throw error;
      }
      await here();
      transaction.commitAt = performance.now();
    });
  } catch {
    const wasAsked = transaction.commitAt < Number.POSITIVE_INFINITY;
    if (!wasAsked || !(await hasCommitted(sql, id))) {
      truth.takeBack(transaction);
      return false;
    }
  }
  truth.committed(transaction, performance.now());
  return true;
}

/** Not by the transaction's number: after a crash, uncommitted numbers are used again. */
async function hasCommitted(sql: Sql, id: string): Promise<boolean> {
  for (;;) {
    try {
      return (await sql`select from harness.committed where id = ${id}`).length > 0;
    } catch {
      // The database is not back yet.
    }
    await sleep(100);
  }
}
