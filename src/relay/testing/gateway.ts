import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  /** The bodies of those whose signature was right. */
  readonly heard: unknown[];
  /** The ids of all requests so far, whatever became of them. */
  readonly attempts: string[];
  /** What answers from now on: a status, or a wait before 202. */
  respond(with_: number | (() => Promise<void>)): void;
}

/** The gateway's end of a nudge: checks signatures as it does, and answers what the test says. */
export async function startGateway(): Promise<TestGateway> {
  const secret = `whsec_${Buffer.from("a secret of 24 bytes or more").toString("base64")}`;
  const heard: unknown[] = [];
  const attempts: string[] = [];
  let answer: number | (() => Promise<void>) = 202;
  const server = createServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    attempts.push(headers["webhook-id"] ?? "");
    const body = await text(request);
    const now = answer;
    if (typeof now === "function") await now();
    response.statusCode = typeof now === "number" ? now : 202;
    if (request.method !== "POST" || request.url !== "/_tidemark/nudge") response.statusCode = 404;
    else if (response.statusCode === 202) {
      try {
        heard.push(new Webhook(secret).verify(body, headers));
      } catch {
        response.statusCode = 401;
      }
    }
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    secret,
    heard,
    attempts,
    respond(with_) {
      answer = with_;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
