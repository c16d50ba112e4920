import { Hono } from "hono";
import * as v from "valibot";
import { keys, provenance, reads } from "./cache.ts";
import type { AppEnv } from "./env.ts";

const User = v.object({ id: v.number(), name: v.string(), email: v.string() });
type User = v.InferOutput<typeof User>;

const Change = v.object({ name: v.pipe(v.string(), v.minLength(1)), email: v.pipe(v.string(), v.email()) });

export const users = new Hono<AppEnv>()
  .get("/:id{[0-9]+}", async (c) => {
    const id = Number(c.req.param("id"));
    const found = await c.var.cache.lookup<User | undefined>(keys.user(id), () => userById(c.env.DB, id), {
      reads: reads.user(id),
      // The store may still hold what an earlier version of this Worker put there.
      validate: v.optional(User),
    });
    if (found.value === undefined) return c.json({ error: "no such user", ...provenance(found) }, 404);
    return c.json({ user: found.value, ...provenance(found) });
  })

  // A write is a write: no key, tag or list to remember.
  .put("/:id{[0-9]+}", async (c) => {
    const id = Number(c.req.param("id"));
    const change = v.safeParse(Change, await c.req.json().catch(() => undefined));
    if (!change.success)
      return c.json({ error: change.issues.map((issue) => issue.message).join("; ") }, 400);
    const user = await saveUser(c.env.DB, id, change.output);
    // So that this isolate's readers see it at once. Others do within `freshness`.
    await c.var.cache.catchUp();
    return c.json({ user });
  })

  // The user's posts go with it, by the foreign key, and all that read them.
  .delete("/:id{[0-9]+}", async (c) => {
    const deleted = await deleteUser(c.env.DB, Number(c.req.param("id")));
    await c.var.cache.catchUp();
    return deleted ? c.body(null, 204) : c.json({ error: "no such user" }, 404);
  })

  .get("/:id{[0-9]+}/posts", async (c) => {
    const id = Number(c.req.param("id"));
    const found = await c.var.cache.lookup(keys.userPosts(id), () => titlesOf(c.env.DB, id), {
      reads: reads.userPosts(id),
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
