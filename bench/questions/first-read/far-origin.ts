import { Agent, createServer, request as send } from "node:http";
import { listening } from "../../../testing/origins/listening.ts";

/** An origin that is this far away: half of the distance passes before a request is sent on, and half after. */
export async function farOrigin(url: string, roundTripMs: number) {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true });
  const oneWay = () => new Promise<void>((resolve) => void setTimeout(resolve, roundTripMs / 2));
  const counts = { reads: 0, others: 0 };
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    counts[path.includes("/rpc/tidemark_") ? "others" : "reads"]++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await oneWay();
    const { method, headers } = request;
    const sent = send({ hostname, port, agent, path, method, headers }, async (answer) => {
      const body: Buffer[] = [];
      for await (const chunk of answer) body.push(chunk as Buffer);
      await oneWay();
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(body));
    });
    sent.on("error", () => response.destroy());
    sent.end(Buffer.concat(chunks));
  });
  server.keepAliveTimeout = 600_000;
  const { url: address, stop } = await listening(server);
  return {
    url: address,
    counts,
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}
