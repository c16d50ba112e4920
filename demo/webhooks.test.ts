import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Webhooks } from "./webhooks.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Received {
  path: string | undefined;
  authorization: string | undefined;
  body: string;
}

/** A gateway that answers with these statuses in turn, then with the last one. */
async function gatewayAnswering(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization } = request.headers;
    received.push({ path: request.url, authorization, body: Buffer.concat(chunks).toString() });
    response.writeHead(statuses.length > 1 ? (statuses.shift() ?? 200) : (statuses[0] ?? 200)).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

test("a payload arrives as it is, with the secret", async () => {
  const { url, received } = await gatewayAnswering(200);
  const payload = '{"record": {"id": 9007199254740993, "price": 1.00}}';
  await new Webhooks({ gateway: url, secret: "s" }).send(payload);
  expect(received).toEqual([{ path: "/_tidemark/webhook", authorization: "Bearer s", body: payload }]);
});

test("a gateway that is starting gets the change again", async () => {
  const { url, received } = await gatewayAnswering(503, 500, 200);
  const lost: string[] = [];
  await new Webhooks({ gateway: url, secret: "s", onLost: (reason) => lost.push(reason) }).send("{}");
  expect(received).toHaveLength(3);
  expect(lost).toEqual([]);
});

test("a refusal is told once and not repeated", async () => {
  const { url, received } = await gatewayAnswering(401);
  const lost: string[] = [];
  await new Webhooks({ gateway: url, secret: "wrong", onLost: (reason) => lost.push(reason) }).send("{}");
  expect(received).toHaveLength(1);
  expect(lost).toEqual(["the gateway answered 401"]);
});

test("stopped, it neither waits nor tells", async () => {
  const lost: string[] = [];
  const webhooks = new Webhooks({
    gateway: "http://127.0.0.1:9",
    secret: "s",
    onLost: (reason) => lost.push(reason),
  });
  const sent = webhooks.send("{}");
  webhooks.stop();
  await sent;
  expect(lost).toEqual([]);
});
