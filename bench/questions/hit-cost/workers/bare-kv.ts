import { isSeeding, seedOf } from "./seed.ts";

let headers: Readonly<Record<string, string>> = {};

/** The least that a cache in KV can do: bytes by URL, with headers that it knows already. */
export default {
  async fetch(request: Request, env: { KV: KVNamespace }): Promise<Response> {
    if (isSeeding(request)) {
      const seed = await seedOf(request);
      headers = seed.headers;
      await env.KV.put(keyOf(request), seed.body);
      return new Response(null, { status: 204 });
    }
    const body = await env.KV.get(keyOf(request), "arrayBuffer");
    if (body === null) return new Response(null, { status: 404 });
    return new Response(body, { headers });
  },
};

/** Without scheme and host, as the gateway's keys: a KV key has at most 512 bytes. */
function keyOf({ url }: Request): string {
  return `bare:${url.slice(url.indexOf("/", url.indexOf("://") + 3))}`;
}
