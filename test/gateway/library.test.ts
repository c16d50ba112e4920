import { afterAll, beforeAll, expect, it } from "vitest";
import { configured, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

beforeAll(async () => {
  const { env } = configured({
    tables: { articles: true },
    keeper: { rows: { tables: ["comments"], follow: ["articles.author_id"] } },
  });
  stack = await startStack({ changes: "pulled", entry: workers.library, env });
});

afterAll(() => stack?.stop());

const own = async (query: string) => {
  const { json } = await stack.read(`/own/page?${query}`);
  return json;
};

const titles = async (author: number) =>
  (await stack.direct(`/rest/v1/articles?select=id,title&order=id&author_id=eq.${author}`)).json;

/** It was read again, and is what is true. */
function expectRead(page: { value: unknown; status: string }, value: unknown): void {
  expect(page.value).toEqual(value);
  expect(page.status).not.toBe("hit");
}

/** A change, however it was made. */
const change = (sql: string) => stack.supabase.db.query(sql);

it("R2, R3. a cache of the library in the gateway's Worker is invalidated by the rows that it reads", async () => {
  for (const author of [1, 2]) {
    await own(`author=${author}`);
    await expect.poll(() => own(`author=${author}`)).toEqual({ value: await titles(author), status: "hit" });
  }
  // To the fence's own deadline a busy machine may be a keeper that does not answer. A later change then shows it.
  let changes = 0;
  await until("a change leaves the other author's page alone", async () => {
    await change(`update articles set title = 'changed ${++changes}' where author_id = 1`);
    expectRead(await own("author=1"), await titles(1));
    return (await own("author=2")).status === "hit";
  });
  const [{ id }] = await titles(1);
  await change(`update articles set author_id = 2 where id = ${id}`);
  for (const author of [1, 2]) expectRead(await own(`author=${author}`), await titles(author));
});

it("the gateway's own reads go on as ever, and neither sees the other's names", async () => {
  const path = "/rest/v1/articles?select=id,title&order=id&author_id=eq.2";
  await stack.read(path);
  await expect.poll(async () => (await stack.read(path)).cacheStatus).toContain("hit");
  await until("the gateway's answer stays", async () => {
    await own("author=2");
    expect((await stack.read("/own/forget")).status).toBe(204);
    const { cacheStatus } = await stack.read(path);
    expect((await own("author=2")).status).not.toBe("hit");
    return cacheStatus.includes("hit");
  });
});

it("R2. a table that capture does not watch is not stored, and one that does not exist is an error", async () => {
  for (let n = 0; n < 2; n++)
    expect(await own("author=1&table=nowhere")).toMatchObject({ code: "unknown-table" });
  // It is watched, and told apart by its primary key only.
  expect(await own("author=1&table=comments")).toMatchObject({ code: "unknown-column" });
});
