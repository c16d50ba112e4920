/** A slow origin in a process of its own that counts requests by path. */
import { createServer } from "node:http";
import { listening } from "../../../testing/origins/listening.ts";
import { answerOrders } from "../../harness/load/child.ts";
import { ANSWER } from "./items.ts";

export interface SlowOriginOrder {
  /** Milliseconds that each answer takes from now on. */
  readonly delay: number;
  readonly path: string;
}

export interface SlowOriginAnswer {
  readonly port: number;
  readonly requests: number;
}

let delayMs = 0;
const asked = new Map<string, number>();
const body = Buffer.from(ANSWER.body);

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  asked.set(path, (asked.get(path) ?? 0) + 1);
  setTimeout(() => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  }, delayMs);
});
const started = listening(server);

answerOrders<SlowOriginOrder, SlowOriginAnswer>(async ({ delay, path }) => {
  const { port } = await started;
  delayMs = delay;
  return { port, requests: asked.get(path) ?? 0 };
});
