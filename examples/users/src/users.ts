import { Hono } from "hono";
import * as v from "valibot";
import { keys, POSTS_TAG, provenance } from "./cache.ts";
import type { AppEnv } from "./env.ts";

const User = v.object({ id: v.number(), name: v.string(), email: v.string() });
type User = v.InferOutput<typeof User>;

const Change = v.object({ name: v.pipe(v.string(), v.minLength(1)), email: v.pipe(v.string(), v.email()) });

export const users = new Hono<AppEnv>()
  .get("/:id{[0-9]+}", async (c) => {
    const id = Number(c.req.param("id"));
    const found = await c.var.cache.lookup<User | undefined>(keys.user(id), () => userById(c.env.DB, id), {
      // The store may still hold what an earlier version of this Worker put there.
      validate: v.optional(User),
    });
    if (found.value === undefined) return c.json({ error: "no such user", ...provenance(found) }, 404);
    return c.json({ user: found.value, ...provenance(found) });
  })

  // Write-through: D1 first; then the cache holds what D1 answered, not what was sent.
  .put("/:id{[0-9]+}", async (c) => {
    const id = Number(c.req.param("id"));
    const change = v.safeParse(Change, await c.req.json().catch(() => undefined));
    if (!change.success)
      return c.json({ error: change.issues.map((issue) => issue.message).join("; ") }, 400);
    const user = await c.var.cache.write(keys.user(id), () => saveUser(c.env.DB, id, change.output), {
      invalidates: { keys: [keys.stats] },
    });
    return c.json({ user });
  })

  .delete("/:id{[0-9]+}", async (c) => {
    const id = Number(c.req.param("id"));
    // Nothing to cache. Forget the user, everything below it, and whatever counts users or their posts.
    const deleted = await c.var.cache.write(keys.user(id), () => deleteUser(c.env.DB, id), {
      around: true,
      invalidates: { keys: [keys.stats], prefixes: [keys.user(id)], tags: [POSTS_TAG] },
    });
    return deleted ? c.body(null, 204) : c.json({ error: "no such user" }, 404);
  })

  .get("/:id{[0-9]+}/posts", async (c) => {
    const id = Number(c.req.param("id"));
    const found = await c.var.cache.lookup(keys.userPosts(id), () => titlesOf(c.env.DB, id), {
      tags: [POSTS_TAG],
    });
    return c.json({ titles: found.value, ...provenance(found) });
  });

/** For the cache, `undefined` means "no such thing"; `null` is a value. */
export async function userById(db: D1Database, id: number): Promise<User | undefined> {
  const row = await db.prepare("SELECT id, name, email FROM users WHERE id = ?").bind(id).first<User>();
  return row ?? undefined;
}

async function saveUser(
  db: D1Database,
  id: number,
  { name, email }: v.InferOutput<typeof Change>,
): Promise<User> {
  const row = await db
    .prepare(
      "INSERT INTO users (id, name, email) VALUES (?, ?, ?) " +
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email RETURNING id, name, email",
    )
    .bind(id, name, email)
    .first<User>();
  if (row === null) throw new Error(`user ${id} was not saved`);
  return row;
}

async function deleteUser(db: D1Database, id: number): Promise<boolean> {
  const { meta } = await db.prepare("DELETE FROM users WHERE id = ?").bind(id).run();
  return meta.changes > 0;
}

async function titlesOf(db: D1Database, id: number): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT title FROM posts WHERE user_id = ? ORDER BY id DESC")
    .bind(id)
    .all<{ title: string }>();
  return results.map(({ title }) => title);
}
