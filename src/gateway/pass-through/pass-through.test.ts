import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** The Worker under test: nothing but passing through. The outcome comes in a header of the test's own. */
const WORKER = `
  import { passThrough } from "./pass-through.ts";
  import { isRefusal, parseTarget } from "../http/request/target.ts";
  import { problem } from "../http/problem.ts";
  export default {
    fetch(request, env) {
      const target = parseTarget(request.url);
      if (isRefusal(target)) return problem(target.code, target.detail);
      const reason = request.headers.get("test-reason");
      const config = { origin: env.ORIGIN, restPath: "/rest/v1", headers: { response: new Set() }, allowedOrigins: "*", timeouts: { originMs: 300 } };
      return passThrough(request, target, config, reason ? { kind: "bypass", reason } : { kind: "method" });
    },
  };`;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const sockets = new Set<import("node:stream").Duplex>();
let origin: Server;
let miniflare: Miniflare;
let gateway: URL;
let handle: Handle;
let seen: Seen[] = [];

const WORKERS = (originUrl: string, contents: string) =>
  ["gateway", "lost"].map((name) => ({
    config: {
      name,
      compatibilityDate: "2026-08-01",
      env: { ORIGIN: { type: "text" as const, value: name === "lost" ? "http://127.0.0.1:9" : originUrl } },
      manifest: { mainModule: "index.js", modules: { "index.js": { type: "esm" as const, contents } } },
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  }));

beforeAll(async () => {
  origin = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    if (request.url !== "/storage/v1/echo") for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    handle(request, response);
  });
  origin.on("upgrade", acceptWebSocket);
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
  });
  miniflare = new Miniflare({
    workers: WORKERS(
      `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
      outputFiles[0]?.text ?? "",
    ),
    host: "127.0.0.1",
    port: 0,
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
  });
  await miniflare.ready;
  gateway = await miniflare.unsafeGetDirectURL("gateway");
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await miniflare.dispose();
  origin.closeAllConnections();
  origin.close();
});

function answering(answer: Handle) {
  seen = [];
  handle = answer;
}

const ok: Handle = (_, response) => response.end("ok");

/** What a socket says to bytes that no HTTP client would send. */
async function raw(request: string): Promise<string> {
  const socket = connect(Number(gateway.port), "127.0.0.1");
  socket.write(request.replaceAll("\n", "\r\n"));
  let answer = "";
  socket.on("data", (data) => {
    answer += data.toString("latin1");
    socket.end();
  });
  socket.setTimeout(5_000, () => socket.destroy());
  await once(socket, "close");
  return answer;
}

describe("passing through", () => {
  it("sends a write on as it came, and its answer back", async () => {
    answering((_, response) => {
      response.writeHead(
        201,
        "Made",
        [
          ["Location", "/articles?id=eq.1"],
          ["Content-Type", "application/json"],
          ["Access-Control-Expose-Headers", "X-Own"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2; Path=/"],
        ].flat(),
      );
      response.end('[{"id": 1}]');
    });
    const response = await fetch(new URL("/rest/v1/articles?select=%22a%22,b&or=(a.eq.1)", gateway), {
      method: "POST",
      headers: {
        apikey: "k",
        prefer: "return=representation",
        "x-own": "1",
        "content-type": "application/json",
      },
      body: '{"title": "ü"}',
    });
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/rest/v1/articles?select=%22a%22,b&or=(a.eq.1)",
      headers: {
        apikey: "k",
        prefer: "return=representation",
        "x-own": "1",
        "content-length": "15",
        "x-forwarded-host": gateway.host,
        "x-forwarded-proto": "http",
      },
      body: Buffer.from('{"title": "ü"}'),
    });
    expect(seen[0]?.headers).not.toHaveProperty("cache-control");
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/articles?id=eq.1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2; Path=/"]);
    expect(response.headers.get("cache-status")).toBe("tidemark; fwd=method");
    expect(response.headers.get("access-control-expose-headers")).toMatch(/Cache-Status.*X-Own/);
    expect(await response.text()).toBe('[{"id": 1}]');
  });

  it("names the reason of a bypass, and leaves other products their own CORS", async () => {
    answering((_, response) =>
      response.setHeader("access-control-allow-origin", "https://x.example").end("ok"),
    );
    const read = await fetch(new URL("/rest/v1/a", gateway), { headers: { "test-reason": "user-token" } });
    expect(read.headers.get("cache-status")).toBe("tidemark; fwd=bypass; detail=user-token");
    expect(read.headers.get("access-control-allow-origin")).toBe("*");
    const auth = await fetch(new URL("/auth/v1/user", gateway));
    expect(auth.headers.get("cache-status")).toBe("tidemark; fwd=bypass");
    expect(auth.headers.get("access-control-allow-origin")).toBe("https://x.example");
    expect(auth.headers.get("access-control-expose-headers")).toBe("Cache-Status");
  });

  it("leaves an encoded body as it is", async () => {
    const body = gzipSync("hello ".repeat(1_000));
    answering((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(body));
    const answer = await raw(
      "GET /rest/v1/a HTTP/1.1\nHost: a\nAccept-Encoding: gzip\nConnection: close\n\n",
    );
    expect(answer.toLowerCase()).toContain("content-encoding: gzip");
    const response = await fetch(new URL("/rest/v1/a", gateway));
    expect(await response.text()).toBe("hello ".repeat(1_000));
    expect(gunzipSync(body).toString()).toBe("hello ".repeat(1_000));
  });

  it.each([204, 304, 302, 404, 416, 500])("passes a %i on", async (status) => {
    answering((_, response) => response.writeHead(status, { location: "https://elsewhere.example/" }).end());
    const response = await fetch(new URL("/auth/v1/verify", gateway), { redirect: "manual" });
    expect(response.status).toBe(status);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/");
  });

  it("passes HEAD on with the length of what it does not send", async () => {
    answering((_, response) =>
      response.writeHead(200, { "content-length": "1234", "content-range": "0-9/*" }).end(),
    );
    const response = await fetch(new URL("/rest/v1/a", gateway), { method: "HEAD" });
    expect(response.headers.get("content-range")).toBe("0-9/*");
    expect(response.headers.get("content-length")).toBe("1234");
  });

  it("streams both ways, neither held back for its end", async () => {
    answering((request, response) => request.pipe(response));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const asked = fetch(new URL("/storage/v1/echo", gateway), {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    await writer.write(new TextEncoder().encode("first"));
    const reader = (await asked).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
    await writer.write(new TextEncoder().encode("second"));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("second");
    await writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  it("carries a large body unharmed", async () => {
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const body = Buffer.concat(Array.from({ length: 80 }, () => large));
    answering((_, response) => response.end(body));
    const response = await fetch(new URL("/storage/v1/object/a/b", gateway), { method: "PUT", body });
    expect(seen[0]?.body.equals(body)).toBe(true);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  it("carries a WebSocket", async () => {
    const socket = new WebSocket(`ws://${gateway.host}/realtime/v1/websocket?apikey=k`);
    await once(socket, "open");
    socket.send("tide");
    const [message] = await once(socket, "message");
    expect(message.data).toBe("tide");
    socket.close();
    await once(socket, "close");
  });

  it("gives a clear 502 when Supabase cannot be reached", async () => {
    const lost = await miniflare.unsafeGetDirectURL("lost");
    for (const path of ["/rest/v1/a", "/storage/v1/a", "/realtime/v1/websocket"]) {
      const response = await fetch(new URL(path, lost), { method: "POST", body: "x" });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ code: "origin-unreachable" });
    }
  });

  it("gives a 504 where a fill would have, and lets others wait longer", async () => {
    answering((_, response) => setTimeout(() => response.end("late"), 900));
    const owed = await fetch(new URL("/rest/v1/a", gateway), { headers: { "test-reason": "keeper-failed" } });
    expect(owed.status).toBe(504);
    expect(await owed.json()).toMatchObject({ code: "origin-timeout" });
    expect(owed.headers.get("cache-status")).toBe("tidemark; fwd=bypass; detail=keeper-failed");
    expect(owed.headers.get("access-control-allow-origin")).toBe("*");
    const patient = await fetch(new URL("/rest/v1/a", gateway), { headers: { "test-reason": "user-token" } });
    expect(await patient.text()).toBe("late");
  });

  it("ends its deadline with the headers: a body may take its time", async () => {
    answering((_, response) => {
      response.write("begun ");
      setTimeout(() => response.end("ended"), 700);
    });
    const response = await fetch(new URL("/rest/v1/a", gateway), {
      headers: { "test-reason": "keeper-failed" },
    });
    expect(await response.text()).toBe("begun ended");
  });
});

describe("bad input", () => {
  it.each([
    ["another host in the path", "GET //evil.example/rest/v1/a HTTP/1.1\nHost: a\n\n", "400"],
    ["dot segments", "GET /rest/v1/../../x HTTP/1.1\nHost: a\n\n", "400"],
    ["encoded dot segments", "GET /rest/v1/%2e%2e/x HTTP/1.1\nHost: a\n\n", "400"],
    ["an encoded slash", "GET /rest/v1/a%2fb HTTP/1.1\nHost: a\n\n", "400"],
    ["a backslash", "GET /rest/v1\\a HTTP/1.1\nHost: a\n\n", "400"],
    ["a NUL", "GET /rest/v1/a%00 HTTP/1.1\nHost: a\n\n", "400"],
    ["bytes that are not UTF-8", "GET /rest/v1/a%ff HTTP/1.1\nHost: a\n\n", "400"],
    ["an endless URL", `GET /rest/v1/a?${"x".repeat(17_000)} HTTP/1.1\nHost: a\n\n`, "414"],
    ["a path of nobody's", "GET /etc/passwd HTTP/1.1\nHost: a\n\n", "404"],
    ["a product's neighbour", "GET /rest/v12/a HTTP/1.1\nHost: a\n\n", "404"],
    ["a host that holds a path", "GET /rest/v1/a HTTP/1.1\nHost: a/b\n\n", "404"],
    ["a host that holds a query", "GET /rest/v1/a HTTP/1.1\nHost: a?b\n\n", "400"],
    ["TRACE", "TRACE /rest/v1/a HTTP/1.1\nHost: a\n\n", "405"],
    ["two lengths", "POST /rest/v1/a HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 4\n\nabc", "400"],
  ])("is refused: %s", async (_, request, status) => {
    answering(ok);
    expect(await raw(request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(seen).toEqual([]);
  });

  it("cannot smuggle: a length beside chunks is the chunks'", async () => {
    answering(ok);
    await raw(
      "POST /rest/v1/a HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 30\n\n3\nabc\n0\n\n",
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]?.body.toString()).toBe("abc");
    expect(seen[0]?.headers).not.toHaveProperty("content-length");
  });

  it("cannot take a header away by Connection, nor hide a body in a read", async () => {
    answering(ok);
    await raw(
      "GET /rest/v1/a HTTP/1.1\nHost: a\nApikey: k\nX-Hop: 1\nConnection: apikey\nContent-Length: 3\n\nabc",
    );
    expect(seen[0]).toMatchObject({ headers: { apikey: "k" }, body: Buffer.from("") });
  });

  it("cannot make a second request of a header's value", async () => {
    answering(ok);
    const answer = await raw("GET /rest/v1/a HTTP/1.1\nHost: a\nX-A: 1\r\r\nX-B: 2\n\n");
    for (const { headers } of seen) expect(headers["x-a"] ?? "").not.toMatch(/[\r\n]/);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:200|400) /);
  });
});

/** Just enough of RFC 6455 to send short texts back. */
function acceptWebSocket(request: IncomingMessage, socket: import("node:stream").Duplex): void {
  sockets.add(socket);
  const key = request.headers["sec-websocket-key"] ?? "";
  crypto.subtle
    .digest("SHA-1", new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`))
    .then((digest) => {
      const accept = Buffer.from(digest).toString("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
  socket.on("data", (frame: Buffer) => {
    const length = (frame[1] ?? 0) & 0x7f;
    const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (frame[2 + (index % 4)] ?? 0));
    socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]));
    if (((frame[0] ?? 0) & 0x0f) === 8) socket.end();
  });
}
