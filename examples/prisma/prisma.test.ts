import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureSql, migrate } from "../../test/orms/migrate.ts";
import { type D1, type StartedWorkers, startWorkers } from "../../test/orms/start-worker.ts";

// The Worker in workerd, as two isolates over one D1, one KV and one keeper.

const migration = (name: string) => join(import.meta.dirname, "migrations", name);

let workers: StartedWorkers;
/** As `wrangler d1 execute` sees it. */
let database: D1;
/** What `tidemark sql --d1 DB --follow posts.author_id` prints after the first migration. */
let printed: string;

beforeAll(async () => {
  const entry = join(import.meta.dirname, "src/worker.ts");
  workers = await startWorkers({
    entry,
    keeper: entry,
    names: ["a", "b"],
    databases: ["DB"],
    texts: { REFRESH_SECRET: "s3cret" },
  });
  database = await workers.database("DB");
  await migrate(database, migration("0001_blog.sql"));
  printed = await captureSql(database, { follow: ["posts.author_id"] });
  await migrate(database, migration("0002_tidemark.sql"));
  await database.prepare("INSERT INTO authors (id, name) VALUES (1, 'Ann')").run();
});
afterAll(() => workers?.dispose());

interface Answer {
  readonly status: number;
  /** `cacheStatus` of the read. */
  readonly cache: string | null;
  readonly body: unknown;
}

async function ask(
  isolate: "a" | "b",
  path: string,
  method = "GET",
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await workers.fetch(isolate, path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    cache: response.headers.get("x-cache"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** Adds a post that no other test reads. */
async function post(title: string): Promise<string> {
  const { body } = await ask("a", "/posts", "POST", { authorId: 1, title, body: "…" });
  return `/posts/${(body as { id: number }).id}`;
}

/** Reads until it comes from the cache. */
const hit = (isolate: "a" | "b", path: string) =>
  expect.poll(async () => (await ask(isolate, path)).cache).toBe("ttl");

test("a post is read from D1, then from the cache, with its author", async () => {
  const path = await post("First");
  const cold = await ask("a", path);
  expect(cold).toMatchObject({
    status: 200,
    body: { title: "First", published: true, author: { name: "Ann" } },
  });
  await hit("a", path);
  expect((await ask("a", path)).body).toEqual(cold.body);
});

test("a new post is on the front page at once for its writer, and within the bound elsewhere, whatever the ttl", async () => {
  await hit("a", "/posts");
  await hit("b", "/posts");
  await post("New");
  const withNew = expect.arrayContaining([
    expect.objectContaining({ title: "New", author: { name: "Ann" } }),
  ]);
  expect((await ask("a", "/posts")).body).toEqual(withNew);
  await expect.poll(async () => (await ask("b", "/posts")).body).toEqual(withNew);
});

test("a write past the Worker is seen within the bound", async () => {
  const path = await post("Past it");
  await hit("b", path);
  await database.prepare("UPDATE posts SET title = 'Changed' WHERE title = 'Past it'").run();
  await expect.poll(async () => (await ask("b", path)).body).toMatchObject({ title: "Changed" });
});

test("a deleted post is gone", async () => {
  const path = await post("Gone");
  await hit("a", path);
  expect((await ask("a", path, "DELETE")).status).toBe(204);
  expect((await ask("a", path)).status).toBe(404);
});

test("invalidating a tag makes the front page be read again", async () => {
  await hit("a", "/posts");
  const headers = { authorization: "Bearer s3cret" };
  expect(await ask("a", "/refresh", "POST", undefined, headers)).toMatchObject({
    status: 200,
    body: { requestId: expect.any(String) },
  });
  expect((await ask("a", "/posts")).cache).toBe("miss");
  expect((await ask("a", "/refresh", "POST")).status).toBe(401);
});

test("bad input is refused", async () => {
  expect((await ask("a", "/posts", "POST", { title: "" })).status).toBe(400);
  expect((await ask("a", "/posts/99999")).status).toBe(404);
});

test("the second migration is what `tidemark sql --d1 DB` prints, without the comments", async () => {
  // Another version writes it anew with `vitest --update`.
  await expect(printed).toMatchFileSnapshot(migration("0002_tidemark.sql"));
});
