import { Hono } from "hono";

interface Bindings {
  KV: KVNamespace;
  SUPABASE_URL: string;
  SUPABASE_PUBLISHABLE_KEY: string;
}

const TTL_SECONDS = 3_600;

const app = new Hono<{ Bindings: Bindings }>();

/** Cache-aside as tutorials write it: a router, the query as key, JSON out of KV and JSON into the response. */
app.get("/rest/v1/:table", async (c) => {
  const url = new URL(c.req.url);
  const cacheKey = `cache:${c.req.param("table")}:${url.searchParams.toString()}`;

  const cached = await c.env.KV.get(cacheKey, "json");
  if (cached !== null) return c.json(cached, 200, { "X-Cache": "HIT" });

  const response = await fetch(`${c.env.SUPABASE_URL}${url.pathname}${url.search}`, {
    headers: {
      apikey: c.env.SUPABASE_PUBLISHABLE_KEY,
      Authorization: `Bearer ${c.env.SUPABASE_PUBLISHABLE_KEY}`,
    },
  });
  if (!response.ok) return c.json({ error: "Failed to fetch from Supabase" }, 502);
  const data = await response.json();
  c.executionCtx.waitUntil(c.env.KV.put(cacheKey, JSON.stringify(data), { expirationTtl: TTL_SECONDS }));
  return c.json(data, 200, { "X-Cache": "MISS" });
});

export default app;
