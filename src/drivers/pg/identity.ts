import type { PgPool } from "./shapes.ts";

/**
 * Whose answers a pool gets: the database it reads, and as whom. Without its password.
 *
 * @throws Error when that cannot be told: then the option `name` says it
 */
export function identityOf(pool: PgPool): string {
  const options = (pool as { options?: Readonly<Record<string, unknown>> }).options ?? {};
  const { user, host, port, database, options: startup, connectionString } = options;
  const parts = [user, host, port, database, startup];
  if (typeof connectionString === "string") {
    const url = URL.parse(connectionString);
    const isSocket = connectionString.startsWith("/");
    if (url === null && !isSocket) throw new Error("cachedPg: say whose answers these are: name: …");
    parts.push(
      isSocket
        ? connectionString
        : url === null
          ? undefined
          : [url.username, url.host, url.pathname, url.searchParams.get("options")],
    );
  }
  return JSON.stringify(parts.map((part) => part ?? null));
}
