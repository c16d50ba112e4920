import type { PgPool, PooledClient } from "./shapes.ts";

/**
 * Borrows a connection, and gives it back; one on which something failed is not used again, as `pool.query` does.
 *
 * @throws what connecting or `work` throws
 */
export async function lend<T>(pool: PgPool, work: (client: PooledClient) => Promise<T>): Promise<T> {
  const client = (await pool.connect()) as PooledClient;
  // Without a listener, a connection that breaks ends the process; what was asked over it fails anyway.
  const ignore = () => {};
  client.on?.("error", ignore);
  let failure: unknown;
  try {
    return await work(client);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    client.removeListener?.("error", ignore);
    client.release(failure);
  }
}
