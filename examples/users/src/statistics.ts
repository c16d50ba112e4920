import { Hono } from "hono";
import { keys, provenance, reads } from "./cache.ts";
import type { AppEnv } from "./env.ts";

export const statistics = new Hono<AppEnv>()
  // Stale-while-revalidate: only the first caller ever waits for these queries.
  .get("/stats", async (c) => {
    const found = await c.var.cache.lookup(keys.stats, () => allStatistics(c.env.DB), { reads: reads.stats });
    return c.json({ ...found.value, ...provenance(found) });
  })

  // Kept until the day is over, whatever is written: it does not say what it reads.
  .get("/stats/daily", async (c) => {
    const found = await c.var.cache.lookup(keys.daily, () => postsToday(c.env.DB));
    return c.json({ ...found.value, ...provenance(found) });
  })

  // Two tiers: memory, KV, and D1 when somebody has changed it.
  .get("/config", async (c) => {
    const found = await c.var.cache.lookup(keys.config, () => config(c.env.DB), { reads: reads.config });
    return c.json({ config: found.value, ...provenance(found) });
  });

async function allStatistics(db: D1Database): Promise<{ users: number; posts: number }> {
  const row = await db
    .prepare("SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM posts) AS posts")
    .first<{ users: number; posts: number }>();
  return row ?? { users: 0, posts: 0 };
}

async function postsToday(db: D1Database): Promise<{ day: string; posts: number }> {
  const row = await db
    .prepare("SELECT date('now') AS day, count(*) AS posts FROM posts WHERE created_at >= date('now')")
    .first<{ day: string; posts: number }>();
  return row ?? { day: new Date().toISOString().slice(0, 10), posts: 0 };
}

export async function config(db: D1Database): Promise<Record<string, string>> {
  const { results } = await db
    .prepare("SELECT name, value FROM config")
    .all<{ name: string; value: string }>();
  return Object.fromEntries(results.map(({ name, value }) => [name, value]));
}
