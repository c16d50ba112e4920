import { once } from "node:events";
import { Server as HttpServer } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";

export interface Listening {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly url: string;
  readonly port: number;
  /** Cuts open connections, and resolves when the server is closed. */
  stop(): Promise<void>;
}

/**
 * For how long an idle connection stays open, in milliseconds: longer than a process ever stands still, as PGlite makes it on a
 * busy machine. After Node's five seconds it would close connections in which a request has just arrived.
 */
const KEPT_ALIVE_MS = 600_000;

/** Has a server, of HTTP or plain TCP, listen on a free port of this machine. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  if (server instanceof HttpServer) server.keepAliveTimeout = KEPT_ALIVE_MS;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
