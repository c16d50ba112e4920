import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createClient } from "@supabase/supabase-js";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { tidemark } from "../../src/client/client.ts";
import { PUBLISHABLE_KEY } from "../../testing/gateway/stack.ts";
import { type Listening, listening } from "../../testing/origins/listening.ts";

let supabase: Supabase;

beforeAll(async () => {
  supabase = await startSupabase({ publishableKey: PUBLISHABLE_KEY, secretKey: "sb_secret_test" });
});

afterAll(() => supabase?.stop());

/** What the targets of redirects received: no key may be sent there. */
const leaked: string[] = [];

const open: Listening[] = [];

afterEach(async () => {
  leaked.length = 0;
  for (const server of open.splice(0)) await server.stop();
});

async function hostOf(server: Parameters<typeof listening>[0]): Promise<string> {
  const started = await listening(server);
  open.push(started);
  return started.host;
}

/** What answers in the deleted gateway's place: its address, and the requests it received. */
type Gone = (heard: string[]) => Promise<string>;

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Gone =>
  async (heard) => {
    const answer: RequestListener = (request, response) => {
      heard.push(`${request.method} ${request.url}`);
      response.writeHead(status, { "content-type": "text/html", server: "cloudflare", ...headers });
      response.end(body);
    };
    return `http://${await hostOf(createServer(answer))}`;
  };

const raw =
  (answer: (socket: Socket) => void, scheme = "http"): Gone =>
  async (heard) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        heard.push("a request");
        answer(socket);
      });
    });
    return `${scheme}://${await hostOf(server)}`;
  };

const redirecting =
  (status: number): Gone =>
  async (heard) => {
    const login: RequestListener = (request, response) => {
      leaked.push(`${request.url} ${request.headers.apikey} ${request.headers.authorization}`);
      response.writeHead(200, { "content-type": "text/html" }).end("<form>");
    };
    const location = `http://${await hostOf(createServer(login))}/login`;
    return answering(status, "", { location })(heard);
  };

const LABELLED = "HTTP/1.1 200 OK\r\ncache-status: tidemark; hit; detail=memory\r\n";
const JSON_TYPE = "content-type: application/json\r\n";

const GONE: [how: string, gone: Gone][] = [
  ["a deleted Worker: Cloudflare's 404", answering(404, "error code: 1042")],
  [
    "a Worker without a route: 404 There is nothing here yet",
    answering(404, "<h1>There is nothing here yet"),
  ],
  ["a deleted zone: 530, error 1016", answering(530, "error code: 1016")],
  ["a zone on hold: 409, error 1001", answering(409, "error code: 1001")],
  ["a firewall: 403, error 1020", answering(403, "error code: 1020")],
  ["an access proxy: 401", answering(401, "", { "www-authenticate": 'Bearer realm="x"' })],
  ["over its plan: 429, error 1027", answering(429, "error code: 1027")],
  ["a Worker that throws: 500, error 1101", answering(500, "error code: 1101")],
  ["an overloaded edge: 503", answering(503, "")],
  ["an edge without its origin: 520", answering(520, "")],
  ["a parked domain: 200 with a page", answering(200, "<h1>This domain is for sale")],
  ["another API: 200 with JSON", answering(200, "[]", { "content-type": "application/json" })],
  ["an empty answer: 204", answering(204, "")],
  ["a captive portal: 302", redirecting(302)],
  ["a captive portal: 307", redirecting(307)],
  ["a moved host: 301", redirecting(301)],
  ["a moved host: 308", redirecting(308)],
  ["no such name", async () => "http://tidemark-is-gone.invalid"],
  ["a port without a listener", async () => "http://127.0.0.1:9"],
  ["no TLS there", raw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "https")],
  ["a connection that is cut", raw((socket) => socket.destroy())],
  ["something that is no HTTP", raw((socket) => socket.end("220 mail.example ESMTP\r\n"))],
  ["silence", raw(() => {})],
  [
    "a labelled answer that is cut off",
    raw((socket) => socket.end(`${LABELLED}${JSON_TYPE}content-length: 900\r\n\r\n[{"id":`)),
  ],
  [
    "a labelled answer without its body",
    raw((socket) => void socket.write(`${LABELLED}${JSON_TYPE}content-length: 900\r\n\r\n`)),
  ],
];

it.each(GONE)("I9. deleting the gateway fails no reader: %s", async (_, gone) => {
  const heard: string[] = [];
  const asked: string[] = [];
  const gateway = await gone(heard);
  const counting: typeof fetch = (input, init) => {
    asked.push(String(input).startsWith(supabase.url) ? "supabase" : "gateway");
    return fetch(input, init);
  };
  const client = createClient(supabase.url, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    // Only silence makes readers wait.
    global: { fetch: tidemark({ gateway, project: supabase.url, fetch: counting, timeout: "500ms" }) },
  });
  const began = performance.now();
  for (let reads = 0; reads < 20; reads++) {
    const { data, error, status } = await client.from("tags").select("id").order("id").limit(2);
    expect({ data, error, status }).toEqual({ data: [{ id: 1 }, { id: 2 }], error: null, status: 200 });
  }
  const { count, error } = await client.from("tags").select("*", { count: "exact", head: true });
  expect({ count, error }).toEqual({ count: 8, error: null });
  // One read has asked it; on a slow machine ten seconds may pass, each time, so that another one asks.
  const most = 2 + Math.floor((performance.now() - began) / 10_000);
  expect(asked.filter((where) => where === "supabase")).toHaveLength(21);
  expect(asked.filter((where) => where === "gateway").length).toBeLessThanOrEqual(most);
  expect(heard.length).toBeLessThanOrEqual(most);
  expect(leaked).toEqual([]);
});
