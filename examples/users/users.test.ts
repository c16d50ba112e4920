import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { captureSql, migrate } from "../../test/orms/migrate.ts";
import { type D1, type StartedWorkers, startWorkers } from "../../test/orms/start-worker.ts";
import { until } from "../../testing/patience.ts";

// The Worker in workerd, as two isolates over one D1, one KV and one keeper.

const SECRET = "the-admin's-secret";
const migration = (name: string) => join(import.meta.dirname, "migrations", name);

/** What `tidemark sql --d1 --follow posts.user_id` prints after the first migration. */
let printed: string;
let workers: StartedWorkers;
/** As `wrangler d1 execute` sees it. */
let database: D1;

beforeAll(async () => {
  const entry = join(import.meta.dirname, "src/worker.ts");
  const texts = { ADMIN_SECRET: SECRET };
  workers = await startWorkers({ entry, keeper: entry, names: ["a", "b"], databases: ["DB"], texts });
  database = await workers.database("DB");
  await migrate(database, migration("0001_users_and_posts.sql"));
  printed = await captureSql(database, { follow: ["posts.user_id"] });
  await migrate(database, migration("0002_tidemark.sql"));
});
afterAll(() => workers?.dispose());

beforeEach(async () => {
  await database.prepare("DELETE FROM users").run();
  await database.prepare("DELETE FROM posts").run();
  await administer("/forget");
});

async function ask(path: string, method = "GET", body?: unknown, isolate: "a" | "b" = "a") {
  const response = await workers.fetch(isolate, path, {
    method,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
const put = (id: number, name: string) =>
  ask(`/api/user/${id}`, "PUT", { name, email: `${name}@example.org` });
const post = (title: string) => ask("/api/posts", "POST", { userId: 1, title });

async function administer(path: string, method = "POST", secret = SECRET) {
  const headers = { authorization: `Bearer ${secret}` };
  const response = await workers.fetch("a", `/api/cache${path}`, { method, headers });
  return { status: response.status, body: await response.json() };
}

/** Reads in this isolate until it comes from the cache. */
const cached = (path: string, isolate: "a" | "b" = "a") =>
  expect.poll(async () => (await ask(path, "GET", undefined, isolate)).body).toMatchObject({ cached: true });

test("the migration is what tidemark sql prints", async () => {
  expect(await readFile(migration("0002_tidemark.sql"), "utf8")).toBe(printed);
});

test("the health check passes", async () => {
  expect(await ask("/health")).toEqual({ status: 200, body: { ok: true } });
});

test("cache-aside: the first read is from D1, the second from the cache, and says so", async () => {
  await database.prepare("INSERT INTO users VALUES (7, 'Ann', 'ann@example.org')").run();
  const user = { id: 7, name: "Ann", email: "ann@example.org" };
  expect((await ask("/api/user/7")).body).toMatchObject({ user, cached: false, tier: "source" });
  await expect
    .poll(async () => (await ask("/api/user/7")).body)
    .toMatchObject({ user, cached: true, tier: "memory" });
});

test("own writes are seen at once, and by the other isolate within the bound", async () => {
  await put(1, "ann");
  for (const isolate of ["a", "b"] as const) await cached("/api/user/1", isolate);
  await put(1, "anna");
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "anna" }, cached: false });
  await expect
    .poll(async () => (await ask("/api/user/1", "GET", undefined, "b")).body)
    .toMatchObject({ user: { name: "anna" } });
});

test("what is written past the Worker is seen, and what does not read it stays", async () => {
  await put(1, "ann");
  await put(2, "bob");
  for (const id of [1, 2]) await cached(`/api/user/${id}`);
  // On a busy machine the keeper may not answer in time, so that the other one is read, too. A later change then shows it.
  let changes = 0;
  await until("what does not read it stays", async () => {
    const name = `changed behind its back ${++changes}`;
    await database.prepare("UPDATE users SET name = ? WHERE id = 1").bind(name).run();
    await expect.poll(async () => (await ask("/api/user/1")).body).toMatchObject({ user: { name } });
    const { body } = await ask("/api/user/2");
    expect(body).toMatchObject({ user: { name: "bob" } });
    return body.cached;
  });
});

test("a write that D1 refuses is an error, and changes nothing", async () => {
  await put(1, "ann");
  expect((await ask("/api/user/2", "PUT", { name: "other", email: "ann@example.org" })).status).toBe(500);
  expect((await ask("/api/user/2")).status).toBe(404);
  expect((await ask("/api/user/1")).body).toMatchObject({ user: { name: "ann" } });
});

test("a body that is not a user is refused", async () => {
  for (const body of ["", "{}", `{"name":"","email":"x@example.org"}`, `{"name":"x","email":"x"}`]) {
    expect((await ask("/api/user/1", "PUT", body)).status).toBe(400);
  }
});

test("deleting removes the user, its posts by the foreign key, and its place in counts", async () => {
  await put(1, "ann");
  await post("hello");
  expect((await ask("/api/user/1/posts")).body).toMatchObject({ titles: ["hello"] });
  expect((await ask("/api/stats")).body).toMatchObject({ users: 1, posts: 1 });
  expect((await ask("/api/user/1", "DELETE")).status).toBe(204);
  expect((await ask("/api/user/1")).status).toBe(404);
  expect((await ask("/api/user/1/posts")).body).toMatchObject({ titles: [], cached: false });
  expect((await ask("/api/stats")).body).toMatchObject({ users: 0, posts: 0, cached: false });
  expect((await ask("/api/user/1", "DELETE")).status).toBe(404);
});

test("a missing user is remembered, and found when it is created", async () => {
  expect(await ask("/api/user/9")).toMatchObject({ status: 404, body: { cached: false } });
  await expect.poll(() => ask("/api/user/9")).toMatchObject({ status: 404, body: { cached: true } });
  await put(9, "new");
  expect(await ask("/api/user/9")).toMatchObject({ status: 200, body: { user: { name: "new" } } });
});

test("a new post changes the list and the count together", async () => {
  await put(1, "ann");
  await post("one");
  await ask("/api/posts/recent");
  await cached("/api/posts/count");
  expect(await post("two")).toMatchObject({ status: 201, body: { post: { title: "two" } } });
  const posts = [{ title: "two" }, { title: "one" }];
  expect((await ask("/api/posts/recent")).body).toMatchObject({ posts, cached: false });
  expect((await ask("/api/posts/count")).body).toMatchObject({ count: 2, cached: false });
});

test("configuration comes from memory, in another isolate from KV, and changes when somebody changes it", async () => {
  const config = { theme: "light", posts_per_page: "20" };
  await ask("/api/config");
  await expect.poll(async () => (await ask("/api/config")).body).toMatchObject({ config, tier: "memory" });
  // This isolate has none of it in memory, or what it has is older than what KV holds.
  await expect
    .poll(async () => (await ask("/api/config", "GET", undefined, "b")).body)
    .toMatchObject({ config, cached: true });
  await database.prepare("UPDATE config SET value = 'dark' WHERE name = 'theme'").run();
  await expect
    .poll(async () => (await ask("/api/config", "GET", undefined, "b")).body)
    .toMatchObject({ config: { theme: "dark" } });
  await database.prepare("UPDATE config SET value = 'light' WHERE name = 'theme'").run();
});

test("daily statistics are kept", async () => {
  await put(1, "ann");
  await post("today");
  expect((await ask("/api/stats/daily")).body).toMatchObject({ posts: 1, cached: false });
  await expect
    .poll(async () => (await ask("/api/stats/daily")).body)
    .toMatchObject({ posts: 1, cached: true });
});

test.each(["/forget", "/warm", "/stats/reset"])("I8. administration needs the secret: %s", async (path) => {
  for (const secret of ["wrong", "", "undefined"]) {
    expect((await administer(path, "POST", secret)).status).toBe(401);
  }
  expect((await ask(`/api/cache${path}`, "POST")).status).toBe(401);
});

test("warming, and counting", async () => {
  // Through the Worker, which has then learned of both. Behind its back they would refuse what is loaded first, a bound later.
  await put(1, "a");
  await put(2, "b");
  await administer("/stats/reset");
  const all = { loaded: 3, present: 0, failed: 0, exhausted: true };
  expect((await administer("/warm")).body).toMatchObject(all);
  expect((await administer("/warm")).body).toMatchObject({ loaded: 0, present: 3 });
  expect((await ask("/api/user/2")).body).toMatchObject({ cached: true });
  expect((await administer("/stats", "GET")).body).toMatchObject({ misses: 3, loads: 3 });
  expect((await administer("/stats/reset")).body).toMatchObject({ hits: { memory: 0 }, misses: 0 });
});
