import { Hono } from "hono";
// In your own project, import from "tidemark/d1" and "tidemark/keeper".
import { d1Changes } from "../../../src/drivers/d1/d1.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { type AppEnv, connect } from "./database.ts";
import type { Bindings } from "./env.ts";
import { posts } from "./posts.ts";

/** The Durable Object that hears of changes, whoever makes them. */
export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

const app = new Hono<AppEnv>()
  .use(async (c, next) => {
    c.set("prisma", connect(c.env, c.executionCtx));
    await next();
  })
  .route("/", posts)
  .notFound((c) => c.json({ error: "not found" }, 404))
  .onError((error, c) => {
    console.error(error);
    return c.json({ error: "internal error" }, 500);
  });

export default app;
