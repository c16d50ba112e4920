import { afterAll, beforeAll, expect, test } from "vitest";
import { startRig } from "./rig.ts";
import type { Step } from "./steps.ts";

// Several databases, and several names of one, behind one cache.

let rig: Awaited<ReturnType<typeof startRig>>;
beforeAll(async () => {
  rig = await startRig(`
    CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO posts VALUES (1, 'one'), (2, 'two')`);
  while ((await rig.steps([post(2)]))[0]?.type === "pass-through");
});
afterAll(() => rig?.stop());

const post = (id: number, more: Partial<Step> = {}): Step => ({
  do: "ask",
  sql: `SELECT title FROM posts WHERE id = ${id}`,
  ...more,
});
const rename = (title: string, more: Partial<Step> = {}): Step => ({
  do: "ask",
  sql: `UPDATE posts SET title = '${title}' WHERE id = 1`,
  ...more,
});

// The keeper's map says of which database its tables are. Another one's may have the same names, and nobody tells of their changes.
test("a database of which the keeper hears nothing is not cached, whatever its name", async () => {
  const other = { on: "OTHER", name: "other" } as const;
  for (const { reason } of await rig.steps([post(1, other), post(1, other)]))
    expect(reason).toBe("other-database");
  const [, read] = await rig.steps([rename("changed", other), post(1, other)], "0s");
  expect(read?.value).toEqual([{ title: "changed" }]);
});

// `name` is what drivers share what they have written by.
test("what this isolate writes under one name it reads under another", async () => {
  await rig.steps([post(1, { name: "reader" }), post(1, { name: "reader" })]);
  const [, read] = await rig.steps([rename("mine", { name: "writer" }), post(1, { name: "reader" })]);
  expect(read?.value).toEqual([{ title: "mine" }]);
});

test("several statements in one text change as many rows as without the driver", async () => {
  const sql = "INSERT INTO posts (title) VALUES ('a'); INSERT INTO posts (title) VALUES ('b'), ('c')";
  const [without, through] = await rig.steps([
    { do: "plain", sql, on: "OTHER" },
    { do: "ask", sql },
  ]);
  expect(through?.changes).toBe(without?.changes);
});
