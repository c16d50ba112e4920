import { Hono } from "hono";
import type { WarmItem } from "../../../src/cache/tidemark.ts";
import { keys, reads } from "./cache.ts";
import type { AppEnv } from "./env.ts";
import { isSecret } from "./secret.ts";
import { config } from "./statistics.ts";
import { userById } from "./users.ts";

const WARM_USERS = 100;

export const administration = new Hono<AppEnv>()
  .use(async (c, next) => {
    const presented = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!(await isSecret(presented, c.env.ADMIN_SECRET))) return c.json({ error: "unauthorized" }, 401);
    return await next();
  })

  // For what the database cannot know: a value that was loaded wrongly. Changes of rows need nothing.
  .post("/forget", async (c) => {
    await c.var.cache.forget();
    return c.json({ forgotten: true });
  })

  .post("/warm", async (c) => {
    const result = await c.var.cache.warm(thingsToWarm(c.env.DB));
    return c.json(result);
  })

  .get("/stats", (c) => c.json(c.var.cache.stats()))

  .post("/stats/reset", (c) => {
    c.var.cache.resetStats();
    return c.json(c.var.cache.stats());
  });

async function* thingsToWarm(db: D1Database): AsyncGenerator<WarmItem> {
  yield { key: keys.config, load: () => config(db), options: { reads: reads.config } };
  const { results } = await db
    .prepare("SELECT id FROM users ORDER BY id DESC LIMIT ?")
    .bind(WARM_USERS)
    .all<{ id: number }>();
  for (const { id } of results) {
    yield { key: keys.user(id), load: () => userById(db, id), options: { reads: reads.user(id) } };
  }
}
