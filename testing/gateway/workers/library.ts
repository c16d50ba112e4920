import { env } from "cloudflare:workers";
import { createCache, rows } from "../../../src/cache/tidemark.ts";
import type { TidemarkConfig } from "../../../src/gateway/config/config.ts";
import type { GatewayEnv } from "../../../src/gateway/config/env.ts";
import { createGateway } from "../../../src/gateway/gateway.ts";

const gateway = createGateway(
  JSON.parse((env as { readonly TEST_CONFIG: string }).TEST_CONFIG) as TidemarkConfig,
);

/** A gateway, and under `/own` a page of this Worker's, cached by the library over the gateway's keeper. */
export default {
  async fetch(request: Request, env: GatewayEnv, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    if (!url.pathname.startsWith("/own/")) return gateway.worker.fetch(request, env, ctx);
    const author = url.searchParams.get("author") ?? "";
    const cache = createCache({
      kv: env.KV,
      ctx,
      fence: gateway.fence(env),
      freshness: "0s",
      ttl: "1h",
      jitter: 0,
    });
    if (url.pathname === "/own/forget") {
      await cache.invalidateTags("page");
      return new Response(null, { status: 204 });
    }
    const table = url.searchParams.get("table") ?? "articles";
    const load = async () => {
      const key = env.SUPABASE_PUBLISHABLE_KEY ?? "";
      const address = `${env.SUPABASE_URL}/rest/v1/articles?select=id,title&order=id&author_id=eq.${author}`;
      return (await fetch(address, { headers: { apikey: key } })).json();
    };
    try {
      const reads = [rows(table, { author_id: author })];
      const { value, status } = await cache.lookup(`page:${table}:${author}`, load, {
        reads,
        tags: ["page"],
      });
      return Response.json({ value, status });
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      return Response.json({ code, message });
    }
  },
};
export const { Keeper, Origin } = gateway;
