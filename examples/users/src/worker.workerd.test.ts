import { createExecutionContext, env as testEnv, waitOnExecutionContext } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { createCache } from "../../../src/cache/tidemark.ts";
import migration from "../migrations/0001_users_and_posts.sql?raw";
import { cacheOptions } from "./cache.ts";
import type { Bindings } from "./env.ts";
import app from "./worker.ts";

const env = { ...(testEnv as unknown as Bindings), ADMIN_SECRET: "s3cret" };
const { DB } = env;

beforeEach(async () => {
  for (const table of ["posts", "users", "config"]) await DB.prepare(`DROP TABLE IF EXISTS ${table}`).run();
  for (const statement of migration.split(";").filter((one) => one.trim() !== ""))
    await DB.prepare(statement).run();
  const cache = createCache(cacheOptions(env));
  await cache.forget();
  cache.resetStats();
});

/** Sends a request with its own context, and waits for its background work. */
async function ask(path: string, init: RequestInit = {}, bindings: Bindings = env) {
  const ctx = createExecutionContext();
  const response = await app.fetch(new Request(`https://users.example${path}`, init), bindings, ctx);
  await waitOnExecutionContext(ctx);
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
}
const put = (id: number, name: string) =>
  ask(`/api/user/${id}`, { method: "PUT", body: JSON.stringify({ name, email: `${name}@example.org` }) });
const post = (title: string) =>
  ask("/api/posts", { method: "POST", body: JSON.stringify({ userId: 1, title }) });
const administer = (path: string, body?: unknown, method = "POST") =>
  ask(`/api/cache${path}`, {
    method,
    headers: { authorization: "Bearer s3cret" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("the health check passes", async () => {
  expect(await ask("/health")).toEqual({ status: 200, body: { ok: true } });
});

test("cache-aside: the first read is from D1, the second from the cache, and says so", async () => {
  await DB.prepare("INSERT INTO users VALUES (7, 'Ann', 'ann@example.org')").run();
  const user = { id: 7, name: "Ann", email: "ann@example.org" };
  expect((await ask("/api/user/7")).body).toMatchObject({ user, cached: false, tier: "source" });
  expect((await ask("/api/user/7")).body).toMatchObject({ user, cached: true, tier: "memory" });
});

test("write-through: what was written is read from the cache, without asking D1", async () => {
  expect((await put(1, "ann")).body).toMatchObject({ user: { id: 1, name: "ann" } });
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "ann" }, cached: true });
  await put(1, "anna");
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "anna" }, cached: true });
});

test("a write that D1 refuses is an error, and changes nothing", async () => {
  await put(1, "ann");
  const taken = await ask("/api/user/2", {
    method: "PUT",
    body: JSON.stringify({ name: "other", email: "ann@example.org" }),
  });
  expect(taken.status).toBe(500);
  expect((await ask("/api/user/2")).status).toBe(404);
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "ann" } });
});

test("a body that is not a user is refused", async () => {
  for (const body of ["", "{}", `{"name":"","email":"x@example.org"}`, `{"name":"x","email":"x"}`]) {
    expect((await ask("/api/user/1", { method: "PUT", body })).status).toBe(400);
  }
});

test("deleting removes the user, everything below it, and its place in counts", async () => {
  await put(1, "ann");
  await post("hello");
  expect((await ask("/api/user/1/posts")).body).toMatchObject({ titles: ["hello"] });
  expect((await ask("/api/stats")).body).toMatchObject({ users: 1, posts: 1 });
  expect((await ask("/api/user/1", { method: "DELETE" })).status).toBe(204);
  expect((await ask("/api/user/1")).status).toBe(404);
  expect((await ask("/api/user/1/posts")).body).toMatchObject({ titles: [], cached: false });
  expect((await ask("/api/stats")).body).toMatchObject({ users: 0, posts: 0, cached: false });
  expect((await ask("/api/user/1", { method: "DELETE" })).status).toBe(404);
});

test("a missing user is remembered for a while, and forgotten when it is created", async () => {
  expect(await ask("/api/user/9")).toMatchObject({ status: 404, body: { cached: false } });
  expect(await ask("/api/user/9")).toMatchObject({ status: 404, body: { cached: true } });
  await put(9, "new");
  expect(await ask("/api/user/9")).toMatchObject({ status: 200, body: { user: { name: "new" } } });
});

test("a new post changes the list and the count together", async () => {
  await put(1, "ann");
  await post("one");
  for (const path of ["/api/posts/recent", "/api/posts/count"]) await ask(path);
  expect((await ask("/api/posts/count")).body).toMatchObject({ count: 1, cached: true });
  expect(await post("two")).toMatchObject({ status: 201, body: { post: { title: "two" } } });
  expect((await ask("/api/posts/recent")).body).toMatchObject({
    posts: [{ title: "two" }, { title: "one" }],
    cached: false,
  });
  expect((await ask("/api/posts/count")).body).toMatchObject({ count: 2, cached: false });
});

test("configuration comes from memory, and in a new isolate from KV", async () => {
  const config = { theme: "light", posts_per_page: "20" };
  expect((await ask("/api/config")).body).toMatchObject({ config, cached: false });
  expect((await ask("/api/config")).body).toMatchObject({ config, tier: "memory" });
  // Another isolate has another binding object. D1 is not asked at all.
  const elsewhere = { ...env, KV: sameNamespace(env.KV), DB: undefined as unknown as D1Database };
  expect((await ask("/api/config", {}, elsewhere)).body).toMatchObject({ config, tier: "store" });
});

test("daily statistics are kept", async () => {
  await put(1, "ann");
  await post("today");
  expect((await ask("/api/stats/daily")).body).toMatchObject({ posts: 1, cached: false });
  expect((await ask("/api/stats/daily")).body).toMatchObject({ posts: 1, cached: true });
});

test.each(["/invalidate", "/invalidate/prefix", "/warm", "/stats/reset"])(
  "I8. administration needs the secret: %s",
  async (path) => {
    for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "Bearer " }]) {
      expect((await ask(`/api/cache${path}`, { method: "POST", headers })).status).toBe(401);
    }
    const { ADMIN_SECRET: _, ...unset } = env;
    const headers = { authorization: "Bearer undefined" };
    expect((await ask(`/api/cache${path}`, { method: "POST", headers }, unset)).status).toBe(401);
  },
);

test("invalidating keys, tags and prefixes", async () => {
  await put(1, "ann");
  await put(2, "bob");
  await DB.prepare("UPDATE users SET name = 'changed behind its back'").run();
  await administer("/invalidate", { keys: ["user:1"], tags: [] });
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "changed behind its back" } });
  expect((await ask("/api/user/2")).body).toMatchObject({ user: { name: "bob" } });
  await administer("/invalidate/prefix", { prefix: "user" });
  expect((await ask("/api/user/2")).body).toMatchObject({ user: { name: "changed behind its back" } });
  expect((await administer("/invalidate", { keys: "user:1" })).status).toBe(400);
  expect((await administer("/invalidate/prefix", {})).status).toBe(400);
});

test("warming, and counting", async () => {
  await DB.prepare("INSERT INTO users VALUES (1, 'a', 'a@example.org'), (2, 'b', 'b@example.org')").run();
  expect((await administer("/warm")).body).toMatchObject({
    loaded: 3,
    present: 0,
    failed: 0,
    exhausted: true,
  });
  expect((await administer("/warm")).body).toMatchObject({ loaded: 0, present: 3 });
  expect((await ask("/api/user/2")).body).toMatchObject({ cached: true });
  expect((await administer("/stats", undefined, "GET")).body).toMatchObject({
    hits: { memory: 4, store: 0 },
    misses: 3,
    loads: 3,
  });
  expect((await administer("/stats/reset")).body).toMatchObject({ hits: { memory: 0 }, misses: 0 });
});

function sameNamespace(kv: KVNamespace): KVNamespace {
  return new Proxy(kv, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
