/**
 * A crowd that requests the same thing at the same moment, in a process of its own: it opens one connection per
 * request, and sends on all of them when told to.
 */
import { connect, type Socket } from "node:net";
import { answerOrders } from "../../harness/load/child.ts";

export interface CrowdOrder {
  /** Of the isolates, to be asked in turn. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly heads: number;
}

export interface CrowdResult {
  /** Milliseconds from the intended moment of sending to the end of the answer. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}

const HEAD_END = "\r\n\r\n";
/** A burst of connections larger than this overruns the listener's queue. */
const CONNECTING_AT_ONCE = 100;

answerOrders<CrowdOrder, CrowdResult>(run);

async function run({ ports, path, heads }: CrowdOrder): Promise<CrowdResult> {
  const sockets: Socket[] = [];
  while (sockets.length < heads) {
    const count = Math.min(CONNECTING_AT_ONCE, heads - sockets.length);
    const opening = Array.from({ length: count }, (_, n) =>
      open(ports[(sockets.length + n) % ports.length] as number),
    );
    sockets.push(...(await Promise.all(opening)));
  }
  const request = Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: bench\r\napikey: sb_publishable_bench\r\nAccept: application/json\r\n\r\n`,
  );
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const start = performance.now();
  const answers = sockets.map(async (socket) => {
    const status = await answerTo(socket, request);
    if (status === "200") latenciesMs.push(performance.now() - start);
    else failures.push(status);
  });
  await Promise.all(answers);
  for (const socket of sockets) socket.destroy();
  return { latenciesMs, failures };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** Resolves with the status once the whole body has come. */
function answerTo(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const end = text.indexOf(HEAD_END);
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? Number.NaN);
      if (text.length - end - HEAD_END.length >= length) resolve(text.slice(9, 12));
    });
    socket.on("error", (error) => resolve(error.message));
    socket.on("close", () => resolve("closed"));
    socket.write(request);
  });
}
