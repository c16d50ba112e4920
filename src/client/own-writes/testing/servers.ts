import { afterEach, beforeEach, vi } from "vitest";
import { type ClientOptions, tidemark } from "../../client.ts";

const GATEWAY = "https://gateway.example";
export const SUPABASE = "https://abc.supabase.co";
export const READ = `${SUPABASE}/rest/v1/articles?select=id`;

export type Answer = (headers: Headers) => Response | Promise<Response>;

/** What was asked, in order: `strict`, `token t1` and `plain` of the gateway; `read` and the writes of Supabase. */
export let asked: string[] = [];
let strictReads = 0;

/** How the gateway and Supabase answer from now on. */
export const servers: { gateway: Answer; supabase: Answer } = { gateway: noAnswer, supabase: noAnswer };

function noAnswer(): never {
  throw new Error("call useFakeServers() first");
}

export const json = (status: string, headers: Record<string, string> = {}) =>
  new Response('[{"id":1}]', {
    headers: { "cache-status": status, "content-type": "application/json", ...headers },
  });

const isStrict = (headers: Headers) => headers.get("cache-control")?.includes("no-cache") ?? false;

/** With capture: each strict read brings another token. */
export const capture: Answer = (headers) => {
  if (!isStrict(headers)) return json("tidemark; hit; detail=memory");
  strictReads += 1;
  return json("tidemark; hit; detail=keeper", { "tidemark-token": `t${strictReads}` });
};

export const webhooks: Answer = () => json("tidemark; hit; detail=memory; unproven");
export const bypass: Answer = () => json("tidemark; fwd=bypass; detail=user-token");

const network = (async (input: RequestInfo | URL, init?: RequestInit) => {
  const request = new Request(input, init);
  request.signal.throwIfAborted();
  const token = request.headers.get("tidemark-token");
  if (request.url.startsWith(GATEWAY)) {
    asked.push(isStrict(request.headers) ? "strict" : token === null ? "plain" : `token ${token}`);
    return servers.gateway(request.headers);
  }
  asked.push(request.method === "GET" ? "read" : request.method);
  return servers.supabase(request.headers);
}) as typeof fetch;

export const client = (options: Partial<ClientOptions> = {}) =>
  tidemark({ gateway: GATEWAY, project: SUPABASE, fetch: network, ...options });

export const write = (through: typeof fetch) => through(READ, { method: "POST", body: "{}" });

/** What `times` reads ask, one after the other. */
export async function reads(through: typeof fetch, times = 1): Promise<string[]> {
  asked = [];
  for (let read = 0; read < times; read++) await through(READ, { headers: { apikey: "k" } });
  return asked;
}

/** An answer that comes when the test says so. */
export function later(): { answer: Promise<Response>; give(response: Response): void } {
  const { promise, resolve } = Promise.withResolvers<Response>();
  return { answer: promise, give: resolve };
}

/** Registers the hooks that give each test fresh servers and a clock that stands still. */
export function useFakeServers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance", "Date"] });
    asked = [];
    strictReads = 0;
    servers.gateway = capture;
    servers.supabase = () => new Response('[{"id":2}]', { headers: { "content-type": "application/json" } });
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
}
