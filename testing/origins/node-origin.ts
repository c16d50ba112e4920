import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { listening } from "./listening.ts";

/** A request as it arrived, byte for byte. */
interface Arrived {
  method: string;
  /** Path and query as in the request line. */
  target: string;
  /** Names in their original spelling and order, with repetitions. */
  rawHeaders: [name: string, value: string][];
  headers: IncomingMessage["headers"];
  body: Buffer;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A plain HTTP server in Supabase's place, for tests that check the exact request and response. */
export interface NodeOrigin {
  url: string;
  server: Server;
  /** All requests, in order. The default handler adds to them; others do so with `arrive`. */
  arrived: Arrived[];
  /** The handler; the default one echoes. */
  handle: Handler;
  /** Reads a request whole and remembers it. */
  arrive(request: IncomingMessage): Promise<Arrived>;
  /** Restores the default. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startNodeOrigin(): Promise<NodeOrigin> {
  const server = createServer((request, response) => {
    Promise.resolve(origin.handle(request, response)).catch(() => response.destroy());
  });
  const { url, stop } = await listening(server);

  const origin: NodeOrigin = {
    url,
    server,
    arrived: [],
    handle: echo,
    async arrive(request) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { rawHeaders } = request;
      const arrived: Arrived = {
        method: request.method ?? "",
        target: request.url ?? "",
        rawHeaders: rawHeaders.flatMap((name, n) =>
          n % 2 === 0 ? [[name, rawHeaders[n + 1] ?? ""] as [string, string]] : [],
        ),
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      origin.arrived.push(arrived);
      return arrived;
    },
    reset() {
      origin.arrived = [];
      origin.handle = echo;
    },
    stop,
  };

  async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, target, headers, body } = await origin.arrive(request);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, target, headers, body: body.toString("base64") }));
  }
  return origin;
}
