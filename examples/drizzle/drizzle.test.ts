import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { captureSql, migrate } from "../../test/orms/migrate.ts";
import { type D1, type StartedWorkers, startWorkers } from "../../test/orms/start-worker.ts";

// The Worker in workerd, as two isolates over one D1, one KV and one keeper.

const migration = (name: string) => join(import.meta.dirname, "migrations", name);

/** What `tidemark sql --d1 DB --follow books.author_id,reviews.book_id` prints after the first migration. */
let printed: string;
let workers: StartedWorkers;
/** As `wrangler d1 execute` sees it. */
let database: D1;

beforeAll(async () => {
  const entry = join(import.meta.dirname, "src/worker.ts");
  workers = await startWorkers({ entry, keeper: entry, names: ["a", "b"], databases: ["DB"] });
  database = await workers.database("DB");
  await migrate(database, migration("0001_books.sql"));
  printed = await captureSql(database, { follow: ["books.author_id", "reviews.book_id"] });
  await migrate(database, migration("0002_tidemark.sql"));
  await database.prepare("INSERT INTO authors (id, name) VALUES (1, 'Ann'), (2, 'Ben')").run();
});
afterAll(() => workers?.dispose());

interface Answer {
  readonly status: number;
  /** What became of each statement. */
  readonly cache: string | null;
  readonly body: unknown;
}

async function ask(isolate: "a" | "b", path: string, method = "GET", body?: unknown): Promise<Answer> {
  const response = await workers.fetch(isolate, path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    cache: response.headers.get("x-cache"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** Adds a book that no other test reads. */
async function book(title: string): Promise<string> {
  const { body } = await ask("a", "/books", "POST", { authorId: 1, title, publishedAt: "2026-01-02" });
  return `/books/${(body as { id: number }).id}`;
}

/** Reads until it comes from the cache. */
const hit = (isolate: "a" | "b", path: string) =>
  expect.poll(async () => (await ask(isolate, path)).cache).toBe("hit");

test("a book is read from D1, then from the cache, with its dates", async () => {
  const path = await book("First");
  const cold = await ask("a", path);
  expect(cold.body).toMatchObject({
    title: "First",
    publishedAt: "2026-01-02T00:00:00.000Z",
    author: { name: "Ann" },
    reviews: [],
  });
  await hit("a", path);
  expect((await ask("a", path)).body).toEqual(cold.body);
});

test("a reader sees its own write at once", async () => {
  const path = await book("Reviewed");
  await hit("a", path);
  expect((await ask("a", `${path}/reviews`, "POST", { stars: 5, text: "Good." })).status).toBe(201);
  expect((await ask("a", path)).body).toMatchObject({ reviews: [{ stars: 5, text: "Good." }] });
});

test("the other isolate sees it within the bound, in the list with its average, too", async () => {
  const path = await book("Far away");
  await hit("b", path);
  await ask("a", `${path}/reviews`, "POST", { stars: 4, text: "" });
  await expect.poll(async () => (await ask("b", path)).body).toMatchObject({ reviews: [{ stars: 4 }] });
  await expect
    .poll(async () => (await ask("b", "/books")).body)
    .toContainEqual(expect.objectContaining({ title: "Far away", author: "Ann", reviews: 1, stars: 4 }));
});

test("a write past the Worker is seen within the bound", async () => {
  const path = await book("Past it");
  await hit("a", path);
  await database.prepare("UPDATE authors SET name = 'Anna' WHERE id = 1").run();
  await expect.poll(async () => (await ask("a", path)).body).toMatchObject({ author: { name: "Anna" } });
});

test("what goes with a deleted book goes from the cache", async () => {
  const path = await book("Gone");
  await hit("a", path);
  expect((await ask("a", path, "DELETE")).status).toBe(204);
  expect((await ask("a", path)).status).toBe(404);
  await expect.poll(async () => (await ask("b", path)).status).toBe(404);
});

test("a change of another author leaves a book in the cache", async () => {
  const path = await book("Undisturbed");
  await hit("a", path);
  await database.prepare("INSERT INTO authors (name) VALUES ('Cem')").run();
  await hit("a", path);
});

test("bad input is refused", async () => {
  expect((await ask("a", "/books", "POST", { title: "" })).status).toBe(400);
  expect((await ask("a", "/books/1/reviews", "POST", { stars: 6, text: "" })).status).toBe(400);
  expect((await ask("a", "/books/99999")).status).toBe(404);
});

test("the second migration is what `tidemark sql --d1 DB` prints, without the comments", async () => {
  // Another version writes it anew with `vitest --update`.
  await expect(printed).toMatchFileSnapshot(migration("0002_tidemark.sql"));
});
