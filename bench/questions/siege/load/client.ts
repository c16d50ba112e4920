import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { PUBLISHABLE_KEY } from "../../../../testing/gateway/stack.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Read {
  /** Of an isolate. */
  readonly url: string;
  readonly target: string;
  /** The client's address, as Cloudflare's edge would tell it. */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An open loop does not limit concurrent reads. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** One read over HTTP with its whole body. Rejects if there is no answer or the signal aborts it. */
export function read(order: Read): Promise<Answer> {
  return attempt(order, true);
}

function attempt(order: Read, mayRepeat: boolean): Promise<Answer> {
  const { url, target, from, headers, signal } = order;
  return new Promise((resolve, reject) => {
    const sent = request(
      url + target,
      {
        agent,
        headers: { apikey: PUBLISHABLE_KEY, "cf-connecting-ip": from, ...headers },
        ...(signal && { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // workerd closed an idle connection just as this was sent on it. Every browser retries then.
      if (mayRepeat && sent.reusedSocket && error.code === "ECONNRESET") resolve(attempt(order, false));
      else reject(error);
    });
    sent.end();
  });
}

/** `Cache-Status` in a word or two: `hit memory`, `uri-miss`, `bypass budget`. */
export function outcomeOf({ headers }: Answer): string {
  const status = String(headers["cache-status"] ?? "");
  const [, ...parts] = status.split("; ").filter((part) => part !== "stored" && part !== "collapsed");
  return parts.join(" ").replaceAll(/fwd=|detail=/g, "") || "no Cache-Status";
}
