/** An origin that takes its time, as a process of its own: says how often it was asked for a path. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ANSWER } from "./items.ts";

const [, , delay = "0"] = process.argv;
const asked = new Map<string, number>();
const body = Buffer.from(ANSWER.body);

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  asked.set(path, (asked.get(path) ?? 0) + 1);
  setTimeout(() => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  }, Number(delay));
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", (path: string) => process.send?.(asked.get(path) ?? 0));
process.on("disconnect", () => process.exit());
