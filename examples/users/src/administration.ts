import { Hono } from "hono";
import * as v from "valibot";
import type { WarmItem } from "../../../src/cache/tidemark.ts";
import { keys } from "./cache.ts";
import type { AppEnv } from "./env.ts";
import { isSecret } from "./secret.ts";
import { config } from "./statistics.ts";
import { userById } from "./users.ts";

const Invalidation = v.object({
  keys: v.optional(v.pipe(v.array(v.string()), v.maxLength(100)), []),
  tags: v.optional(v.pipe(v.array(v.string()), v.maxLength(20)), []),
});
const Prefix = v.object({ prefix: v.pipe(v.string(), v.minLength(1)) });
const WARM_USERS = 100;

export const administration = new Hono<AppEnv>()
  .use(async (c, next) => {
    const presented = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
    if (!(await isSecret(presented, c.env.ADMIN_SECRET))) return c.json({ error: "unauthorized" }, 401);
    return await next();
  })

  .post("/invalidate", async (c) => {
    const wanted = v.safeParse(Invalidation, await c.req.json().catch(() => undefined));
    if (!wanted.success) return c.json({ error: "keys and tags are lists of strings" }, 400);
    const { keys: names, tags } = wanted.output;
    await Promise.all([c.var.cache.delete(names), c.var.cache.invalidateTags(tags)]);
    return c.json({ invalidated: { keys: names, tags } });
  })

  // One write, whether that affects ten keys or a million.
  .post("/invalidate/prefix", async (c) => {
    const wanted = v.safeParse(Prefix, await c.req.json().catch(() => undefined));
    if (!wanted.success) return c.json({ error: "prefix is a string, e.g. user:1" }, 400);
    await c.var.cache.deletePrefix(wanted.output.prefix);
    return c.json({ invalidated: { prefix: wanted.output.prefix } });
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
  yield { key: keys.config, load: () => config(db) };
  const { results } = await db
    .prepare("SELECT id FROM users ORDER BY id DESC LIMIT ?")
    .bind(WARM_USERS)
    .all<{ id: number }>();
  for (const { id } of results) yield { key: keys.user(id), load: () => userById(db, id) };
}
