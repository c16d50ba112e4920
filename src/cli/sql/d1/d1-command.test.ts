import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../../testing/command.ts";
import { D1_FOLDER, FIRST_MIGRATION, wrangler } from "./testing/d1-folder.ts";

// The project's own wrangler and its local database, from the first migration on.

let folder: Folder;
beforeAll(async () => {
  folder = folderWith(D1_FOLDER);
  folder.makeFolder("migrations");
  folder.write("migrations/0001_blog.sql", FIRST_MIGRATION);
  folder.link("node_modules", join(import.meta.dirname, "../../../../node_modules"));
  await wrangler(folder, ["migrations", "apply", "blog", "--local"]);
});
afterAll(() => folder?.[Symbol.dispose]());

const sql = (...flags: readonly string[]) => runToEnd(["sql", "--d1", "DB", ...flags], folder.path);
const outbox = async (...statements: readonly string[]) => {
  const answers = await wrangler(folder, [
    ...["execute", "blog", "--local", "--json", "--command"],
    [...statements, "SELECT op, tbl, old, new FROM tidemark_outbox"].join(";"),
  ]);
  return (JSON.parse(answers) as { results: Record<string, string | null>[] }[]).at(-1)?.results ?? [];
};

test("the migration applies with wrangler, and what it prints is kept by the next run", async () => {
  const first = await sql("--follow", "posts.author_id", "--quiet", "posts.views", "--coarse", "hits");
  expect(first.stderr).toContain("npx wrangler d1 migrations apply DB --local");
  expect(first.stdout.split("\n").slice(0, 4)).toEqual([
    expect.stringMatching(/^-- Made by tidemark .*\. Watches:$/),
    "--   authors: id",
    "--   hits: as a whole",
    "--   posts: id, author_id (quiet: views)",
  ]);
  folder.write("migrations/0002_tidemark.sql", first.stdout);
  await wrangler(folder, ["migrations", "apply", "blog", "--local"]);
  const told = await outbox(
    "INSERT INTO posts (id, author_id, slug) VALUES (1, 7, 'A')",
    "REPLACE INTO posts (id, author_id, slug) VALUES (2, 8, 'a')",
    "UPDATE posts SET views = views + 1",
    "INSERT INTO hits VALUES (1), (2), (3)",
  );
  expect(told.map(({ op, tbl, old, new: row }) => [op, tbl, old, row])).toEqual([
    ["FLUSH", null, null, null],
    ["INSERT", "posts", null, '{"id":1,"author_id":7}'],
    ["DELETE", "posts", '{"id":1,"author_id":7}', null],
    ["INSERT", "posts", null, '{"id":2,"author_id":8}'],
    ["FLUSH", "hits", null, null],
  ]);
  const doctor = await runToEnd(["doctor", "--d1", "DB"], folder.path);
  expect(doctor).toMatchObject({
    exitCode: 0,
    stderr: "",
    stdout: expect.stringContaining("✓ hits is watched: as a whole"),
  });
  const again = await sql();
  expect(again.stdout).toBe(first.stdout);
  const other = await sql("--follow", "none", "--coarse", "none", "--tables", "posts");
  expect(other.stdout.split("\n").slice(1, 3)).toEqual(["--   posts: id (quiet: views)", ""]);
});

test("off takes the triggers off, and remove all of ours", async () => {
  const off = await sql("--off");
  expect(off.stdout).toMatch(/^-- [^\n]*\n\n(DROP TRIGGER IF EXISTS "tidemark_[ab][iud]_\w+";\s+)+$/);
  const remove = await sql("--remove");
  expect(remove.stdout).toContain("DROP TABLE IF EXISTS tidemark_outbox;");
});

test.each<[string, readonly string[], string]>([
  ["no-such-table", ["--tables", "post"], 'there is no table "post"'],
  [
    "type-not-followed",
    ["--follow", "posts.made"],
    "posts.made has the type DATETIME, which is not followed",
  ],
])("says what is wrong with an option: %s", async (code, flags, message) => {
  const { stdout, stderr, exitCode } = await sql(...flags);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  expect(stderr).toContain(message);
  expect(stderr).toContain(`(${code})`);
});

test("says which flags do not go together, in wrangler's words what it cannot do, and where wrangler is missing", async () => {
  expect(await runToEnd(["sql", "--follow", "a.b"], folder.path)).toMatchObject({
    ...{ exitCode: 2, stderr: expect.stringContaining("--follow goes with --d1") },
  });
  expect(await sql("--nudge", "off")).toMatchObject({
    ...{ exitCode: 2, stderr: expect.stringContaining("--nudge does not go with --d1") },
  });
  expect(await runToEnd(["sql", "--d1", "nope"], folder.path)).toMatchObject({
    ...{ exitCode: 1, stdout: "", stderr: expect.stringContaining("Couldn't find a D1 DB") },
  });
  using empty = folderWith({});
  expect(await runToEnd(["sql", "--d1", "DB"], empty.path)).toMatchObject({
    ...{ exitCode: 2, stderr: expect.stringContaining("wrangler, which is not installed here") },
  });
});

test("a database without tables is said to have none", async () => {
  using empty = folderWith({ "wrangler.jsonc": D1_FOLDER["wrangler.jsonc"], "package.json": "{}" });
  empty.link("node_modules", join(import.meta.dirname, "../../../../node_modules"));
  expect(await runToEnd(["sql", "--d1", "DB"], empty.path)).toMatchObject({
    ...{ exitCode: 1, stderr: expect.stringContaining("DB has no tables on this machine") },
  });
});
