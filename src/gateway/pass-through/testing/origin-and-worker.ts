import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { type Listening, listening } from "../../../../testing/origins/listening.ts";
import { PATIENCE_MS } from "../../../../testing/patience.ts";

/** The Worker under test: nothing but passing through. The outcome, and `timeouts.origin`, come in headers of the test's own. */
const WORKER = `
  import { passThrough } from "../pass-through.ts";
  import { isRefusal, parseTarget } from "../../http/request/target.ts";
  import { problem } from "../../http/problem.ts";
  export default {
    fetch(request, env) {
      const target = parseTarget(request.url);
      if (isRefusal(target)) return problem(target.code, target.detail);
      const reason = request.headers.get("test-reason");
      const originMs = Number(request.headers.get("test-origin-ms") ?? 600_000);
      const config = { origin: env.ORIGIN, restPath: "/rest/v1", headers: { response: new Set() }, allowedOrigins: "*", timeouts: { originMs } };
      return passThrough(request, target, config, reason ? { kind: "bypass", reason } : { kind: "method" });
    },
  };`;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

let origin: Listening;
export let miniflare: Miniflare;
export let gateway: URL;
let handle: Handle;
/** The requests that reached the origin since `answering`. */
export let seen: Seen[] = [];

const WORKERS = (originUrl: string, contents: string) =>
  ["gateway", "lost"].map((name) => ({
    config: {
      name,
      compatibilityDate: "2026-08-01",
      env: { ORIGIN: { type: "text" as const, value: name === "lost" ? "http://127.0.0.1:9" : originUrl } },
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm" as const, contents } } },
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  }));

/** Starts the Worker between a client and an origin of this process. */
export async function startPassThrough(): Promise<void> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    if (request.url !== "/storage/v1/echo") for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    handle(request, response);
  });
  server.on("upgrade", acceptWebSocket);
  origin = await listening(server);
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
  });
  miniflare = new Miniflare({
    workers: WORKERS(origin.url, outputFiles[0]?.text ?? ""),
    host: "127.0.0.1",
    port: 0,
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
  });
  await miniflare.ready;
  gateway = await miniflare.unsafeGetDirectURL("gateway");
}

export async function stopPassThrough(): Promise<void> {
  await origin.stop();
  await miniflare.dispose();
}

/** Sets how the origin answers from now on. */
export function answering(answer: Handle) {
  seen = [];
  handle = answer;
}

export const ok: Handle = (_, response) => response.end("ok");

/** What a socket says to bytes that no HTTP client would send. */
export async function raw(request: string): Promise<string> {
  const socket = connect(Number(gateway.port), "127.0.0.1");
  socket.write(request.replaceAll("\n", "\r\n"));
  let answer = "";
  socket.on("data", (data) => {
    answer += data.toString("latin1");
    socket.end();
  });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  await once(socket, "close");
  return answer;
}

/** Just enough of RFC 6455 to send short texts back. */
function acceptWebSocket(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers["sec-websocket-key"] ?? "";
  crypto.subtle
    .digest("SHA-1", new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`))
    .then((digest) => {
      const accept = Buffer.from(digest).toString("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
  socket.on("data", (frame: Buffer) => {
    const length = (frame[1] ?? 0) & 0x7f;
    const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (frame[2 + (index % 4)] ?? 0));
    socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]));
    if (((frame[0] ?? 0) & 0x0f) === 8) socket.end();
  });
}
