// For tests of the library with its real keeper: texts of modules for `isolates`.

/** The freshness of a cache in the Worker below, unless a request asks for another. */
export const BOUND_MS = 300;

/** A Worker that uses its cache as the path says: `/<what>/<key>?load=…`. */
export const USER = /* ts */ `
import { createCache } from "tidemark";
import { keeperFence } from "tidemark/keeper";

const waiting = new Set();

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, what, key] = url.pathname.split("/");
    const text = (name) => url.searchParams.get(name);
    const root = createCache({
      kv: env.KV,
      ctx,
      jitter: 0,
      ttl: "1h",
      fence: keeperFence(env.KEEPER),
      freshness: text("freshness") ?? "${BOUND_MS}ms",
    });
    const cache = root.namespace("v1");
    try {
      if (what === "read") {
        const load = async () => {
          if (text("gate")) waiting.add(text("gate"));
          while (waiting.has(text("gate"))) await scheduler.wait(5);
          return text("load");
        };
        const tags = [(text("tag") ?? "t")];
        const { value, status, tier } = await cache.lookup(key, load, { tags });
        return Response.json({ value, status, tier });
      }
      if (what === "open") waiting.delete(key);
      if (what === "waiting") return Response.json(waiting.has(key));
      if (what === "delete") await cache.delete(key);
      if (what === "set") await cache.set(key, text("load"));
      if (what === "invalidateTags") await cache.invalidateTags(text("tag") ?? "t");
      if (what === "deletePrefix") await cache.deletePrefix(key.split(":")[0]);
      if (what === "forget") await cache.forget();
      if (what === "inKv") return Response.json(JSON.stringify((await env.KV.get("tidemark:e:/v1:" + key)) ?? ""));
      if (what === "syncs") return Response.json((await env.KEEPER.get(env.KEEPER.idFromName("library")).stats(null)).syncs);
      if (what === "keeper") await env.KEEPER.get(env.KEEPER.idFromName("library")).suffer(key);
      return Response.json(null);
    } catch (error) {
      return Response.json({ error: error.message, code: error.code });
    }
  },
};
`;

/** The published keeper, which can be made to fail. */
export const SUFFERING_KEEPER = /* ts */ `
import { LibraryKeeper } from "tidemark/keeper";

let state = "well";
const trouble = async () => {
  if (state === "failing") throw new Error("out of order");
  if (state === "hanging") await new Promise((resolve) => setTimeout(resolve, 60_000));
};

export class Keeper extends LibraryKeeper {
  async sync(request) {
    await trouble();
    return await super.sync(request);
  }
  async invalidate(names) {
    await trouble();
    return await super.invalidate(names);
  }
  async suffer(what) {
    state = what;
    if (what === "amnesia") await this.ctx.storage.deleteAll();
    if (what === "amnesia" || what === "death") this.ctx.abort(what);
  }
}
export default { fetch: () => new Response() };
`;
