// In your own project, import from "tidemark".
import { createCache } from "../../../src/cache/tidemark.ts";
import { type Article, Articles } from "./articles.ts";
import { isSecret } from "./secret.ts";
import { changedIds } from "./webhook.ts";

export interface Env {
  readonly KV: KVNamespace;
  readonly SUPABASE_URL: string;
  /** The publishable (or legacy anon) key: the cache reads what anybody may read. */
  readonly SUPABASE_KEY: string;
  /** For `POST /revalidate`. Unset: the route refuses everybody. */
  readonly REVALIDATE_SECRET?: string;
  /** What the Database Webhook sends in `x-webhook-secret`. Unset: the route refuses everybody. */
  readonly WEBHOOK_SECRET?: string;
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const cache = createCache({ kv: env.KV, name: "articles-example", ctx });
    const articles = new Articles(cache, env);
    const { pathname } = new URL(request.url);
    const id = /^\/articles\/(\d{1,15})$/.exec(pathname)?.[1];
    try {
      if (request.method === "GET" && pathname === "/articles") return answer(await articles.list());
      if (request.method === "GET" && id !== undefined) return answer(await articles.byId(Number(id)));
      if (request.method === "POST" && pathname === "/revalidate")
        return await revalidate(request, env, articles);
      if (request.method === "POST" && pathname === "/webhooks/articles") {
        return await receive(request, env, ctx, articles);
      }
      return problem(404, "not found");
    } catch (error) {
      console.error(error);
      return problem(502, "the database did not answer");
    }
  },
} satisfies ExportedHandler<Env>;

/** Revalidates by hand: `{"id": 7}` for an article and the list, `{}` for the list alone. Waits until it is done. */
async function revalidate(request: Request, env: Env, articles: Articles): Promise<Response> {
  const presented = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  if (!(await isSecret(presented, env.REVALIDATE_SECRET))) return problem(401, "unauthorized");
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) return problem(400, "send a JSON object");
  const id = "id" in body ? body.id : undefined;
  if (id !== undefined && !Number.isSafeInteger(id)) return problem(400, "id is a whole number");
  await articles.revalidate(id === undefined ? [] : [id as number]);
  return Response.json({ revalidated: true });
}

/**
 * Takes the database's events. Supabase waits for one second, does not retry, and may send events late, twice or in
 * any order. So the answer comes before the work, and the work depends only on which rows the event names.
 */
async function receive(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  articles: Articles,
): Promise<Response> {
  if (!(await isSecret(request.headers.get("x-webhook-secret") ?? "", env.WEBHOOK_SECRET))) {
    return problem(401, "unauthorized");
  }
  const ids = changedIds(await request.json().catch(() => undefined));
  if (ids === undefined) return problem(400, "not a webhook of the table articles");
  ctx.waitUntil(articles.revalidate(ids).catch((error: unknown) => console.error(error)));
  return new Response(null, { status: 202 });
}

function answer(found: {
  value: Article | readonly Article[] | undefined;
  status: string;
  ageMs: number;
}): Response {
  if (found.value === undefined) return problem(404, "no such article");
  const cached = found.status === "hit" || found.status === "stale";
  return Response.json(found.value, {
    headers: { "x-cache": found.status, age: cached ? String(Math.floor(found.ageMs / 1_000)) : "0" },
  });
}

function problem(status: number, title: string): Response {
  return Response.json(
    { title, status },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}
