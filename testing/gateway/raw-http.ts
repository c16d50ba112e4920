import { connect } from "node:net";
import { PATIENCE_MS } from "../patience.ts";

/** The response on the wire, with only HTTP/1.1's framing removed. */
export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
  /** All bytes, for tests that look for a second answer. */
  bytes: Buffer;
  header(name: string): string | undefined;
}

/**
 * Sends bytes unchanged, which `fetch` would normalize, and reads until the peer closes. Request that with
 * `Connection: close`. Rejects if the connection hangs for longer than `PATIENCE_MS`.
 */
export function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(PATIENCE_MS, () => {
      socket.destroy();
      reject(
        new Error(
          `It hangs, after ${JSON.stringify(Buffer.concat(chunks).toString("latin1").slice(0, 200))}`,
        ),
      );
    });
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {}); // a reset after an answer is a way to close
    socket.on("close", () => resolve(parseAnswer(Buffer.concat(chunks))));
  });
}

/** A request made of these lines, with HTTP/1.1's ending, that closes the connection after its answer. */
export function rawRequest(requestLine: string, headers: readonly string[] = [], body = ""): string {
  const lines = [requestLine, "Host: gateway.test", "Connection: close", ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.subarray(0, Math.max(0, end)).toString("latin1").split("\r\n");
  const headers = head.slice(1).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const header = (name: string) => headers.find(([other]) => other === name)?.[1];
  const rest = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
  const body = header("transfer-encoding") === "chunked" ? unchunked(rest) : rest;
  return { status: Number(head[0]?.split(" ")[1] ?? 0), headers, body, bytes, header };
}

function unchunked(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    const size = line < 0 ? 0 : Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
