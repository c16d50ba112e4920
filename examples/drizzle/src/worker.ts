import { Hono } from "hono";
// In your own project, import from "tidemark/keeper" and "tidemark/d1".
import { d1Changes } from "../../../src/drivers/d1/d1.ts";
import { libraryKeeper } from "../../../src/fence/library-fence.ts";
import { bookRoutes } from "./books.ts";
import { type AppEnv, connect } from "./database.ts";
import type { Bindings } from "./env.ts";

/** The Durable Object that hears of changes, whoever makes them. */
export const Keeper = libraryKeeper((env: Bindings) => d1Changes(env.DB));

const app = new Hono<AppEnv>()
  .use(async (c, next) => {
    const { db, statuses } = connect(c.env, c.executionCtx);
    c.set("db", db);
    await next();
    // Such as "hit, miss": what became of each statement.
    c.header("x-cache", statuses.join(", "));
  })
  .route("/books", bookRoutes)
  .notFound((c) => c.json({ error: "not found" }, 404))
  .onError((error, c) => {
    console.error(error);
    return c.json({ error: "internal error" }, 500);
  });

export default app;
