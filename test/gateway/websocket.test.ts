import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { ask, PUBLISHABLE_KEY, settings, workers } from "../../testing/gateway/stack.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";

let origin: NodeOrigin;
let gateway: Gateway;
/** Handshakes that the realtime server saw: the request's target and its protocols. */
const handshakes: { target: string; protocol: string | undefined; key: string | undefined }[] = [];

beforeAll(async () => {
  origin = await startNodeOrigin();
  origin.server.on("upgrade", (request, socket) => {
    handshakes.push({
      target: request.url ?? "",
      protocol: request.headers["sec-websocket-protocol"],
      key: request.headers.apikey as string | undefined,
    });
    if (request.url?.includes("refuse")) {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno thanks");
      return;
    }
    echoFrames(
      socket as Socket,
      String(request.headers["sec-websocket-key"]),
      request.headers["sec-websocket-protocol"],
    );
  });
  gateway = await startGateway({ entry: workers.plain, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

const url = (path: string) => gateway.url.replace("http", "ws") + path;

function open(path: string, protocols?: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url(path), protocols);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(socket));
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
}

const message = (socket: WebSocket) =>
  new Promise<string | ArrayBuffer>((resolve) => {
    socket.addEventListener("message", ({ data }) => resolve(data), { once: true });
  });

it("a WebSocket to /realtime/v1 goes through, text and bytes, both ways", async () => {
  const socket = await open(`/realtime/v1/websocket?apikey=${PUBLISHABLE_KEY}&vsn=1.0.0`);
  expect(handshakes.at(-1)?.target).toBe(`/realtime/v1/websocket?apikey=${PUBLISHABLE_KEY}&vsn=1.0.0`);
  socket.send('{"event":"phx_join","topic":"realtime:żółć"}');
  expect(await message(socket)).toBe('{"event":"phx_join","topic":"realtime:żółć"}');
  socket.send(Uint8Array.of(0, 255, 1, 254));
  expect(new Uint8Array((await message(socket)) as ArrayBuffer)).toEqual(Uint8Array.of(0, 255, 1, 254));
  const long = "x".repeat(60_000);
  socket.send(long);
  expect(await message(socket)).toBe(long);
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  socket.close(1000, "bye");
  expect((await closed).code).toBe(1000);
});

it("the subprotocol is the one that the server chose", async () => {
  const socket = await open("/realtime/v1/websocket", ["phoenix", "other"]);
  expect(handshakes.at(-1)?.protocol).toMatch(/phoenix/);
  expect(socket.protocol).toBe("phoenix");
  socket.close();
});

it("fifty at once are fifty connections", async () => {
  const sockets = await Promise.all(
    Array.from({ length: 50 }, (_, n) => open(`/realtime/v1/websocket?n=${n}`)),
  );
  const echoes = sockets.map((socket, n) => {
    const echoed = message(socket);
    socket.send(`hello ${n}`);
    return echoed;
  });
  expect(await Promise.all(echoes)).toEqual(sockets.map((_, n) => `hello ${n}`));
  for (const socket of sockets) socket.close();
});

it("a handshake that the server refuses is refused, and reads go on", async () => {
  await expect(open("/realtime/v1/websocket?refuse=1")).rejects.toThrow("refused");
  expect((await ask(`${gateway.url}/realtime/v1/api/health`)).status).toBe(200);
});

/** The server's half of RFC 6455, as far as whole frames under 64 KiB need it. */
function echoFrames(socket: Socket, key: string, protocols: string | undefined): void {
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const chosen = protocols?.split(",")[0]?.trim();
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
    ]
      .concat(chosen === undefined ? [] : [`Sec-WebSocket-Protocol: ${chosen}`])
      .concat("", "")
      .join("\r\n"),
  );
  let buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (let frame = readFrame(buffer); frame; frame = readFrame(buffer)) {
      buffer = buffer.subarray(frame.size);
      const isClose = frame.opcode === 8;
      socket.write(writeFrame(frame.opcode === 9 ? 10 : frame.opcode, frame.payload));
      if (isClose) socket.end();
    }
  });
}

function readFrame(bytes: Buffer) {
  if (bytes.length < 6) return null;
  let at = 2;
  let length = (bytes[1] as number) & 0x7f;
  if (length === 126) {
    length = bytes.readUInt16BE(2);
    at = 4;
  }
  const size = at + 4 + length;
  if (bytes.length < size) return null;
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, size).map((byte, n) => byte ^ (mask[n % 4] as number)));
  return { opcode: (bytes[0] as number) & 0x0f, payload, size };
}

function writeFrame(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.of(0x80 | opcode, payload.length)
      : Buffer.of(0x80 | opcode, 126, payload.length >> 8, payload.length & 0xff);
  return Buffer.concat([head, payload]);
}
