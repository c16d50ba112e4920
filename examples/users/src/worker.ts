import { Hono } from "hono";
// In your own project, import from "tidemark", "tidemark/hono", "tidemark/keeper" and "tidemark/d1".
import { withCache } from "../../../src/cache/hono.ts";
import { d1Changes } from "../../../src/drivers/d1/d1.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { administration } from "./administration.ts";
import { cacheOptions } from "./cache.ts";
import type { AppEnv, Bindings } from "./env.ts";
import { posts } from "./posts.ts";
import { statistics } from "./statistics.ts";
import { users } from "./users.ts";

/** The Durable Object that hears of the database's changes, whoever makes them. */
export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

const app = new Hono<AppEnv>()
  .use(withCache<AppEnv>((c) => cacheOptions(c.env)))
  .get("/health", (c) => c.json({ ok: true }))
  .route("/api/user", users)
  .route("/api/posts", posts)
  .route("/api", statistics)
  .route("/api/cache", administration)
  .notFound((c) => c.json({ error: "not found" }, 404))
  .onError((error, c) => {
    console.error(error);
    return c.json({ error: "internal error" }, 500);
  });

export default app;
