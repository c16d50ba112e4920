import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { listening } from "../../../testing/origins/listening.ts";
import { Milestones } from "./milestones.ts";

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly secret: string;
  /** The bodies of those whose signature was right. */
  readonly heard: unknown[];
  /** The ids of all requests so far, whatever became of them. */
  readonly attempts: string[];
  /** What answers from now on: a status, or a wait for one. */
  respond(with_: number | (() => Promise<number>)): void;
  /** Resolves when so many requests have come. */
  attempted(count: number): Promise<void>;
}

/** The gateway's end of a nudge: checks signatures as it does, and answers what the test says. */
export async function startGateway(): Promise<TestGateway> {
  const secret = `whsec_${Buffer.from("a secret of 24 bytes or more").toString("base64")}`;
  const heard: unknown[] = [];
  const attempts: string[] = [];
  let answer: number | (() => Promise<number>) = 202;
  const attempted = new Milestones();
  const server = createServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    attempts.push(headers["webhook-id"] ?? "");
    const now = answer;
    const body = await text(request);
    attempted.reached(attempts.length);
    response.statusCode = typeof now === "number" ? now : await now();
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
  const { url, stop } = await listening(server);
  return {
    url,
    secret,
    heard,
    attempts,
    respond(with_) {
      answer = with_;
    },
    attempted: (count) => attempted.of(count),
    [Symbol.asyncDispose]: stop,
  };
}
