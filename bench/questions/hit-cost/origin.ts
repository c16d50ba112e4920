import { createServer } from "node:http";
import { listening } from "../../../testing/origins/listening.ts";
import { bodyOf } from "./bodies.ts";

export interface BenchOrigin {
  readonly url: string;
  /**
   * Requests so far, for keys that are requested once, and for the others. Every tier holds the answers of the others,
   * so only the keeper's audit may add to their count.
   */
  readonly requests: { readonly once: number; readonly again: number };
  stop(): Promise<void>;
}

/** Stands in for Supabase: the same headers as PostgREST behind Supabase's edge, and bodies of the requested size. */
export async function startOrigin(): Promise<BenchOrigin> {
  const requests = { once: 0, again: 0 };
  const bodies = new Map<string | null, Buffer | undefined>();
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://origin.invalid");
    requests[searchParams.has("id") ? "once" : "again"]++;
    // Bodies are made once: the origin shares the machine with what is measured.
    const category = searchParams.get("category");
    const body = bodies.get(category) ?? bodyOf(searchParams);
    bodies.set(category, body);
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
  const { url, stop } = await listening(server);
  return {
    url,
    get requests() {
      return { ...requests };
    },
    stop,
  };
}
