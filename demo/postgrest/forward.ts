import { Agent, type IncomingMessage, request as send } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

const agent = new Agent({ keepAlive: true });

/** Headers of one connection only, or set by each sender. */
const OF_THE_CONNECTION = [
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
];

/**
 * Sends the request on to another address with these headers, and returns the answer as it arrives. Not by `fetch`,
 * which would add headers of its own, and PostgREST shows headers to SQL.
 */
export function forward(request: Request, url: string, headers: Headers): Promise<Response> {
  const sent = Object.fromEntries([...headers].filter(([name]) => !OF_THE_CONNECTION.includes(name)));
  const length = request.headers.get("content-length");
  if (request.body !== null && length !== null) sent["content-length"] = length;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { agent, method: request.method, headers: sent, signal: request.signal });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => resolve(answerOf(request, incoming)));
    if (request.body === null) outgoing.end();
    else Readable.fromWeb(request.body as ReadableStream).pipe(outgoing);
  });
}

function answerOf(request: Request, incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = incoming.rawHeaders.slice(at, at + 2);
    if (!OF_THE_CONNECTION.includes(name.toLowerCase())) headers.append(name, value);
  }
  const status = incoming.statusCode ?? 502;
  if (request.method === "HEAD" || [204, 205, 304].includes(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(incoming) as unknown as BodyInit, { status, headers });
}
