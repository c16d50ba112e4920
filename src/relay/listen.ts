import { once } from "node:events";
import { connect, type Socket } from "node:net";
import postgres from "postgres";
import { reasonOf } from "./reason.ts";

export interface Listener {
  readonly channel: string;
  readonly onListening: () => void;
  readonly onNotification: () => void;
  /** Ends the listening. */
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_S = 10;

/** Detects a connection that a router has forgotten. */
const KEEP_ALIVE_S = 30;

/** The resolved options that `postgres` passes to a `socket` function. */
interface ListenAddress {
  readonly path: string | false;
  readonly host: readonly string[];
  readonly port: readonly number[];
}

/**
 * LISTENs on one connection for as long as it lasts. Resolves to the reason why it ended; never rejects.
 *
 * `postgres` can reconnect by itself, but does not tell when a connection is lost or why a new one fails, and 3.4.9
 * asks a proxy that closes each connection at once hundreds of times a second. So it gets one socket, and the caller
 * decides what to do next. `postgres` calls `backoff` when a connection has ended.
 */
export async function listen(databaseUrl: string, listener: Listener): Promise<string> {
  const { channel, onListening, onNotification, signal } = listener;
  const ended = Promise.withResolvers<string>();
  let socket: Socket | undefined;
  const settings = {
    ...tlsOf(databaseUrl),
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: CONNECT_TIMEOUT_S,
    keep_alive: KEEP_ALIVE_S,
    connection: { application_name: "tidemark relay" },
    onnotice: () => {},
    socket: async ({ path, host, port }: ListenAddress) => {
      if (socket !== undefined) throw new Error("the connection was closed");
      socket = path ? connect(path) : connect(port[0] ?? 5432, host[0]);
      // The caller learns of it in any case; without a listener it would end the process.
      socket.on("error", () => {});
      await once(socket, "connect", { signal: AbortSignal.timeout(CONNECT_TIMEOUT_S * 1_000) });
      return socket;
    },
    backoff: () => {
      ended.resolve("the connection was closed");
      return 0;
    },
  };
  const sql = postgres(databaseUrl, settings);
  const stop = () => ended.resolve("stopped");
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([sql.listen(channel, onNotification, onListening), ended.promise]);
    return await ended.promise;
  } catch (error) {
    return reasonOf(error);
  } finally {
    signal.removeEventListener("abort", stop);
    await sql.end({ timeout: 0 });
    // Also one that is still connecting.
    socket?.destroy();
  }
}

/** Encrypts where the server can, unless the URL says otherwise, as libpq does. */
export function tlsOf(databaseUrl: string): { readonly ssl?: "prefer" } {
  const { searchParams } = new URL(databaseUrl);
  return searchParams.has("sslmode") || searchParams.has("ssl") ? {} : { ssl: "prefer" };
}
