import type { PgPool } from "./shapes.ts";

/** It cannot be told whose answers a pool gets. */
export class PoolIdentityError extends Error {
  override readonly name = "PoolIdentityError";
  readonly code = "name-required";
}

/** Hyperdrive makes up a host for each isolate: none would find in a store what another one has stored. */
const MADE_UP_HOST = /\.hyperdrive\.local$/i;

/**
 * Whose answers a pool gets: the database it reads, and as whom. Without its password.
 *
 * @throws PoolIdentityError when that cannot be told: then the option `name` says it
 */
export function identityOf(pool: PgPool): string {
  const options = (pool as { options?: Readonly<Record<string, unknown>> }).options ?? {};
  const { user, host, port, database, options: startup, connectionString } = options;
  const parts = [user, host, port, database, startup];
  let hostname = host;
  if (typeof connectionString === "string") {
    const url = URL.parse(connectionString);
    const isSocket = connectionString.startsWith("/");
    if (url === null && !isSocket)
      throw new PoolIdentityError(`the pool's connection string is no URL; ${SAY_WHOSE}`);
    if (url !== null) hostname = url.hostname;
    parts.push(
      isSocket
        ? connectionString
        : url === null
          ? undefined
          : [url.username, url.host, url.pathname, url.searchParams.get("options")],
    );
  }
  if (typeof hostname === "string" && MADE_UP_HOST.test(hostname))
    throw new PoolIdentityError(`Hyperdrive's host is another one in each isolate; ${SAY_WHOSE}`);
  return JSON.stringify(parts.map((part) => part ?? null));
}

const SAY_WHOSE = 'say whose answers these are: cachedPg(pool, cache, { name: "main" })';
