import { once } from "node:events";
import { connect, type Socket } from "node:net";
import postgres from "postgres";
import { reasonOf } from "./reason.ts";

export interface Listener {
  readonly channel: string;
  readonly onListening: () => void;
  readonly onNotification: () => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_S = 10;

/** So that a connection that a router has forgotten is noticed. */
const KEEP_ALIVE_S = 30;

/** What `postgres` tells a `socket` function: its resolved options. */
interface Address {
  readonly path: string | false;
  readonly host: readonly string[];
  readonly port: readonly number[];
}

/**
 * LISTENs on one connection for as long as it lasts. Resolves to why it ended; never rejects.
 *
 * `postgres` can reconnect by itself, but does not say when a connection is lost or why a new one fails, and with
 * 3.4.9 a proxy that takes connections only to close them is asked hundreds of times a second. So it gets one
 * socket, and whoever calls this decides what comes next. Its `backoff` is called when a connection has ended.
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
    socket: async ({ path, host, port }: Address) => {
      if (socket !== undefined) throw new Error("the connection was closed");
      socket = path ? connect(path) : connect(port[0] ?? 5432, host[0]);
      // Whoever awaits this learns of it in any case; unheard, it would end the process.
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
    // One that is still connecting, too.
    socket?.destroy();
  }
}

/** As libpq does: encrypted where the server can, unless the URL says otherwise. */
function tlsOf(databaseUrl: string): { readonly ssl?: "prefer" } {
  const { searchParams } = new URL(databaseUrl);
  return searchParams.has("sslmode") || searchParams.has("ssl") ? {} : { ssl: "prefer" };
}
