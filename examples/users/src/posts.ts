import { Hono } from "hono";
import * as v from "valibot";
import { keys, provenance, reads } from "./cache.ts";
import type { AppEnv } from "./env.ts";

interface Post {
  readonly id: number;
  readonly user_id: number;
  readonly title: string;
  readonly created_at: string;
}

const NewPost = v.object({ userId: v.number(), title: v.pipe(v.string(), v.minLength(1)) });

export const posts = new Hono<AppEnv>()
  .get("/recent", async (c) => {
    const found = await c.var.cache.lookup(keys.recentPosts, () => recentPosts(c.env.DB), {
      reads: reads.posts,
    });
    return c.json({ posts: found.value, ...provenance(found) });
  })

  .get("/count", async (c) => {
    const found = await c.var.cache.lookup(keys.postCount, () => countPosts(c.env.DB), {
      reads: reads.posts,
    });
    return c.json({ count: found.value, ...provenance(found) });
  })

  // Nothing is invalidated here. The list, the count and the statistics said what they read, so they change together.
  .post("/", async (c) => {
    const post = v.safeParse(NewPost, await c.req.json().catch(() => undefined));
    if (!post.success) return c.json({ error: post.issues.map((issue) => issue.message).join("; ") }, 400);
    const { userId, title } = post.output;
    const created = await insertPost(c.env.DB, userId, title);
    // So that whoever has posted sees it at once, in this isolate. Others do within `freshness`.
    await c.var.cache.catchUp();
    return c.json({ post: created }, 201);
  });

async function recentPosts(db: D1Database): Promise<Post[]> {
  const { results } = await db.prepare("SELECT * FROM posts ORDER BY id DESC LIMIT 10").all<Post>();
  return results;
}

async function countPosts(db: D1Database): Promise<number> {
  return (await db.prepare("SELECT count(*) AS n FROM posts").first<number>("n")) ?? 0;
}

async function insertPost(db: D1Database, userId: number, title: string): Promise<Post | null> {
  return await db
    .prepare("INSERT INTO posts (user_id, title) VALUES (?, ?) RETURNING *")
    .bind(userId, title)
    .first<Post>();
}
