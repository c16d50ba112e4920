import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf } from "./bodies.ts";

export interface BenchOrigin {
  readonly url: string;
  /** Requests so far: while hits are measured it must stand still. */
  readonly requests: number;
  stop(): Promise<void>;
}

/** Stands in for Supabase: the same headers as PostgREST behind Supabase's edge, and bodies of a size asked for. */
export async function startOrigin(): Promise<BenchOrigin> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const body = bodyOf(new URL(request.url ?? "/", "http://origin.invalid").searchParams);
    if (body === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-range": "0-19/*",
      "content-location": request.url,
      "content-profile": "public",
      "content-length": body.length,
      server: "cloudflare",
      "sb-gateway-version": "1",
      "sb-project-ref": "abcdefghijklmnopqrst",
      "set-cookie": "__cf_bm=bench; path=/; HttpOnly; Secure; SameSite=None",
      "cf-cache-status": "DYNAMIC",
      "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
