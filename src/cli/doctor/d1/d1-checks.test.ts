import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { KEEP_MS } from "../../../capture/d1/names.ts";
import { CaptureDatabase } from "../../../capture/d1/testing/capture-database.ts";
import { type D1Laboratory, d1Laboratory } from "../../../capture/d1/testing/laboratory.ts";
import { d1Changes } from "../../../rows/sources/d1-changes.ts";
import { runToEnd } from "../../testing/command.ts";
import { d1Checks, INSTALLATION_QUESTIONS, isInstalled } from "./d1-checks.ts";

let lab: D1Laboratory;
let database: CaptureDatabase;
beforeAll(async () => {
  lab = await d1Laboratory();
});
afterAll(() => lab?.dispose());
beforeEach(async () => {
  database = await CaptureDatabase.emptied(lab.database);
  await database.run(
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INT)",
    "CREATE TABLE hits (at INT)",
    "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY)",
  );
});

/** What doctor says, `✗ …` for what is wrong. */
async function said(): Promise<readonly string[]> {
  const schema = await database.schema();
  const answers = isInstalled(schema) ? await database.ask(INSTALLATION_QUESTIONS) : [];
  const signs = { ok: "✓", warning: "!", wrong: "✗" };
  return d1Checks(schema, answers, "npx tidemark sql --d1 DB").map(
    ({ severity, message }) => `${signs[severity]} ${message}`,
  );
}

const install = () => database.install({ follow: ["posts.author_id"], coarse: ["hits"] });

test("an installation that is whole passes, and says what is watched", async () => {
  expect(await said()).toEqual(["✗ capture is not installed in this database"]);
  await install();
  expect(await said()).toEqual([
    "✓ the outbox has 1 row, none to prune",
    "✓ hits is watched: as a whole",
    "✓ posts is watched: id, author_id",
  ]);
});

test("a table that came later is not watched yet, which is to be considered", async () => {
  await install();
  await database.run("CREATE TABLE later (id INTEGER PRIMARY KEY)");
  expect(await said()).toContain("! later is not watched");
});

test.each<[string, readonly string[], string]>([
  [
    "a table made anew",
    ["DROP TABLE posts", "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INT)"],
    "✗ posts has no triggers: it was made anew by a migration, or they were taken off, so nothing that reads it is cached",
  ],
  [
    "a column added",
    ["ALTER TABLE posts ADD COLUMN title TEXT"],
    "✗ posts, its indexes or its triggers are not as they were at the installation, so nothing that reads it is cached",
  ],
  [
    "a trigger of ours dropped",
    ["DROP TRIGGER tidemark_ai_posts"],
    "✗ posts, its indexes or its triggers are not as they were at the installation, so nothing that reads it is cached",
  ],
  [
    "a table renamed",
    ["ALTER TABLE posts RENAME TO articles"],
    "✗ posts was watched, and is gone or renamed",
  ],
  [
    "an index of the outbox",
    ["CREATE UNIQUE INDEX u ON tidemark_outbox (tbl)"],
    "✗ tidemark_outbox was altered, and may fail or hide a write",
  ],
  [
    "an outbox emptied",
    ["DELETE FROM tidemark_outbox"],
    "✗ tidemark_outbox was emptied: every pull flushes everything",
  ],
  [
    "a state lost",
    ["DELETE FROM tidemark_state"],
    "✗ tidemark_state has lost its row, so no keeper can pull",
  ],
  [
    "another version",
    ["UPDATE tidemark_state SET format = 9"],
    "✗ another version of tidemark has installed capture",
  ],
])("R6. %s is wrong", async (_, statements, message) => {
  await install();
  await database.run(...statements);
  expect(await said()).toContain(message);
});

test("R10. triggers without their outbox, which fail every write, are the first thing that is said", async () => {
  await install();
  await database.run("DROP TABLE tidemark_outbox");
  await expect(database.run("INSERT INTO posts VALUES (1, 1)")).rejects.toThrow(
    "no such table: main.tidemark_outbox",
  );
  expect(await said()).toEqual([
    expect.stringMatching(
      /^✗ a table of capture was dropped, and its triggers are left \(tidemark_ad_hits, .*\): every write to their tables fails$/,
    ),
  ]);
  await install();
  await database.run("INSERT INTO posts VALUES (1, 1)");
  expect((await said()).filter((line) => line.startsWith("✗"))).toEqual([]);
});

test("an outbox that nobody prunes is a warning, until somebody does", async () => {
  await install();
  await database.run(
    "INSERT INTO posts VALUES (1, 1), (2, 1)",
    `UPDATE tidemark_outbox SET at = at - ${3 * KEEP_MS}`,
  );
  expect(await said()).toContain("! nobody has pruned the outbox ever: it has 3 rows");
  await d1Changes(lab.database).prune();
  expect(await said()).toContain("✓ the outbox is pruned, and has 1 row");
  await database.run(
    `UPDATE tidemark_state SET pruned_at = pruned_at - ${5 * KEEP_MS}`,
    `INSERT INTO tidemark_outbox (op, at) VALUES ('FLUSH', 0), ('FLUSH', 0)`,
  );
  expect(await said()).toContain("! nobody has pruned the outbox for 5 hours: it has 3 rows");
});

test("flags that do not go together are refused", async () => {
  expect(await runToEnd(["doctor", "--remote"], import.meta.dirname)).toMatchObject({
    ...{ exitCode: 2, stderr: expect.stringContaining("--remote goes with --d1") },
  });
  expect(
    await runToEnd(["doctor", "--d1", "DB", "--gateway", "https://a.example"], import.meta.dirname),
  ).toMatchObject({
    ...{ exitCode: 2, stderr: expect.stringContaining("do not go with --d1") },
  });
});
