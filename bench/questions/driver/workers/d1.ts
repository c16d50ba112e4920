import { createCache } from "../../../../src/cache/tidemark.ts";
import { cachedD1, d1Changes } from "../../../../src/drivers/d1/d1.ts";
import { keeperFence, libraryKeeper } from "../../../../src/fence/library-fence.ts";

interface Bindings {
  readonly DB: D1Database;
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
}

export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

/** `/bare?n=` and `/cached?n=`: so many reads of one statement, one after the other. */
export default {
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const cache = createCache({
      kv: env.KV,
      ctx,
      fence: keeperFence(env.KEEPER),
      freshness: "1m",
      ttl: "1d",
    });
    const db = pathname === "/bare" ? env.DB : cachedD1(env.DB, cache);
    let rows = 0;
    for (let read = 0; read < Number(searchParams.get("n")); read++) {
      const { results } = await db
        .prepare("SELECT id, title FROM posts WHERE author_id = ? ORDER BY id")
        .bind(1)
        .all();
      rows += results.length;
    }
    return Response.json(rows);
  },
};
