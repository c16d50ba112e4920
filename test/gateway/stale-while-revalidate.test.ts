import { afterAll, beforeAll, expect, it } from "vitest";
import { ADA } from "../../demo/readers.ts";
import { type Answer, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { signIn } from "../signed-in/people.ts";

const STALE = "tidemark; hit; detail=stale-while-revalidate";
const strictly = { headers: { "cache-control": "no-cache" } };

let stack: Stack;

// Nothing but a sync tells an isolate of a change. With a freshness of nothing, no answer is ever within its bound, so
// what a reader gets does not depend on the pace of the machine.
beforeAll(async () => {
  const lasting = { freshness: "0s", staleWhileRevalidate: "50m" } as const;
  stack = await startStack({
    changes: "pulled",
    isolates: ["near", "far"],
    config: { tables: { articles: lasting, bookmarks: lasting, comments: { freshness: "0s" } } },
  });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const near = (target: string, init: RequestInit = {}) => stack.read(target, { at: "near", ...init });
const far = (target: string, init: RequestInit = {}) => stack.read(target, { at: "far", ...init });
const write = (id: number, views: number) =>
  stack.supabase.db.query(`update articles set views = ${views} where id = ${id}`);
const viewsIn = ({ json }: Answer): number => json[0].views;

/** Reads until the answer is given before the keeper was asked. */
async function warm(id: number): Promise<void> {
  for (const read of [near, far]) {
    await read(article(id));
    expect((await read(article(id))).cacheStatus).toBe(STALE);
  }
}

it("L2. from the configuration to workerd: an answer past its freshness is given at once, and says so", async () => {
  await warm(1);
  const answer = await near(article(1));
  expect(answer.cacheStatus).toBe(STALE);
  expect(Number(answer.headers.get("age"))).toBeLessThan(3_000);
  expect(answer.headers.get("tidemark-token")).toBeNull();
  await near("/rest/v1/comments?select=id&limit=1");
  expect((await near("/rest/v1/comments?select=id&limit=1")).cacheStatus).toContain("detail=verified");
  const { json } = await stack.admin("stats");
  expect(json.details["stale-while-revalidate"]).toBeGreaterThan(0);
  expect(json.tables["public.articles"].stale).toBe(json.details["stale-while-revalidate"]);
});

it("L2. what a change has touched is found out behind an answer, and the older one never comes again", async () => {
  await warm(2);
  await write(2, 222);
  const seen: Answer[] = [];
  await until(
    "the change is there",
    async () => viewsIn(seen[seen.push(await near(article(2))) - 1] as Answer) === 222,
  );
  for (const answer of seen.slice(0, -1)) expect(answer.cacheStatus).toBe(STALE);
  for (let n = 0; n < 20; n++) expect(viewsIn(await near(article(2)))).toBe(222);
});

it("I1. a reader who asks strictly waits for what is true now", async () => {
  await warm(3);
  await write(3, 333);
  const answer = await near(article(3), strictly);
  expect(viewsIn(answer)).toBe(333);
  expect(answer.cacheStatus).not.toBe(STALE);
});

it("I6. a reader with the token of a write gets no older answer, from any isolate", async () => {
  await warm(4);
  await write(4, 444);
  const token = (await near(article(4), strictly)).headers.get("tidemark-token") ?? "";
  expect(token).not.toBe("");
  for (let n = 0; n < 10; n++) {
    expect(viewsIn(await far(article(4), { headers: { "tidemark-token": token } }))).toBe(444);
  }
});

it("P11. an answer that the isolate knows to be refused is not given", async () => {
  await warm(5);
  await write(5, 555);
  // The news comes with the read of another query.
  await near(article(6), strictly);
  const answer = await near(article(5));
  expect(answer.cacheStatus).not.toBe(STALE);
  expect(viewsIn(answer)).toBe(555);
});

it("P11. a purged answer is not given where the purge was ordered", async () => {
  await warm(7);
  expect((await stack.admin("purge", { table: "articles" })).status).toBe(200);
  expect((await near(article(7))).cacheStatus).not.toBe(STALE);
});

it("S13. an answer that depends on a person's claims is never given past its freshness", async () => {
  const ada = await signIn(stack, ADA);
  const bookmarks = "/rest/v1/bookmarks?select=id,note&order=id";
  await ada.readUntilHit(bookmarks);
  for (let n = 0; n < 5; n++) expect((await ada.read(bookmarks)).cacheStatus).not.toBe(STALE);
  await ada.readUntilHit(article(8));
  expect((await ada.read(article(8))).cacheStatus).toBe(STALE);
});

it("I9. it goes on while the database does not answer, and heals", async () => {
  await warm(9);
  stack.supabase.setDown(true);
  for (let n = 0; n < 5; n++) expect((await near(article(9))).cacheStatus).toBe(STALE);
  stack.supabase.setDown(false);
  await write(9, 999);
  await until("the change is there", async () => viewsIn(await near(article(9))) === 999);
});

it("L2. a mode is in force at once where it was set, and elsewhere behind the next answer", async () => {
  await warm(10);
  expect((await stack.admin("mode", { mode: "off" })).status).toBe(200);
  const off = "tidemark; fwd=bypass; detail=mode-off";
  expect((await near(article(10))).cacheStatus).toBe(off);
  await until("the other isolate has learnt it", async () => (await far(article(10))).cacheStatus === off);
});
