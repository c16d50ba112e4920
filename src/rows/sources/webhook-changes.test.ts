import { afterAll, beforeAll, expect, it } from "vitest";
import { type Isolates, isolates } from "../../cache/testing/miniflare.ts";

const SECRET = "the-webhook's-secret";

const WORKER = /* ts */ `
import { createCache, rows } from "tidemark";
import { keeperFence } from "tidemark/keeper";
import { receiveWebhook } from "tidemark/pg";

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/webhook") {
      const headers = { authorization: "Bearer " + url.searchParams.get("secret"), "content-type": "application/json" };
      const hook = new Request(request.url, { method: "POST", headers, body: url.searchParams.get("body") });
      return receiveWebhook(hook, env.KEEPER, { secret: url.searchParams.get("set") ?? "${SECRET}" });
    }
    const cache = createCache({ kv: env.KV, ctx, fence: keeperFence(env.KEEPER), freshness: "0s", ttl: "1h", jitter: 0 });
    const author = url.searchParams.get("author");
    const read = { reads: [rows("posts", { author_id: author })] };
    try {
      const { value, status } = await cache.lookup("posts:" + author, () => url.searchParams.get("load"), read);
      return Response.json({ value, status });
    } catch (error) {
      return Response.json({ code: error.code, message: error.message });
    }
  },
};
`;

const KEEPER = /* ts */ `
import { libraryKeeper } from "tidemark/keeper";
import { webhookChanges } from "tidemark/pg";
export const Keeper = libraryKeeper(() => webhookChanges({ tables: { posts: ["id", "author_id"] } }));
`;

let workers: Isolates;
beforeAll(async () => {
  workers = await isolates(["one", "two"], WORKER, KEEPER);
});
afterAll(() => workers.dispose());

const read = async (name: string, author: number, load: string) =>
  (await workers.fetch(name, `/?author=${author}&load=${load}`)).json();

const told = (change: object, { secret = SECRET, set = SECRET } = {}) =>
  workers.fetch("one", `/webhook?${new URLSearchParams({ secret, set, body: JSON.stringify(change) })}`);

const post = (id: number, author_id: number) => ({ id, author_id, title: "t" });

it("a webhook invalidates what reads its row, before and after, in every isolate, and nothing else", async () => {
  for (const author of [1, 2, 3]) {
    await read("one", author, "old");
    await expect.poll(() => read("two", author, "old")).toMatchObject({ value: "old", status: "hit" });
  }
  const change = {
    type: "UPDATE",
    schema: "public",
    table: "posts",
    record: post(1, 2),
    old_record: post(1, 1),
  };
  expect((await told(change)).status).toBe(200);
  expect(await read("two", 1, "new")).toMatchObject({ value: "new", status: "miss" });
  expect(await read("one", 2, "new")).toMatchObject({ value: "new" });
  expect(await read("two", 3, "new")).toMatchObject({ value: "old", status: "hit" });
});

it("a row that is not told, and one that cannot be read, invalidate all of the table", async () => {
  for (const change of [
    { type: "UPDATE", schema: "public", table: "posts", record: post(1, 2) },
    { type: "TRUNCATE", schema: "public", table: "posts" },
    { type: "INSERT", schema: "public", table: "posts", record: "?" },
  ]) {
    await read("one", 9, "old");
    await expect.poll(() => read("one", 9, "old")).toMatchObject({ status: "hit" });
    expect((await told(change)).status).toBe(200);
    expect(await read("one", 9, "new")).toMatchObject({ value: "new" });
    expect((await told(change)).status).toBe(200);
  }
});

it("nobody without the secret is heard, and a table that is not named is an error that says so", async () => {
  const change = { type: "DELETE", schema: "public", table: "posts", old_record: post(1, 1) };
  expect((await told(change, { secret: "another-secret-altogether" })).status).toBe(401);
  expect((await told(change, { set: "" })).status).toBe(403);
  const other = await told({ ...change, table: "comments" });
  expect([other.status, (await other.json()).code]).toEqual([422, "unknown-table"]);
});
