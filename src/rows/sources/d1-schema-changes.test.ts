import { expect, test } from "vitest";
import { installD1Sql } from "../../capture/d1/install-sql.ts";
import { database, installed, map, POSTS, pull, source, useD1 } from "./testing/watched-d1.ts";

useD1();

const CHANGES_OF_SCHEMA: readonly (readonly [what: string, ...statements: readonly string[]])[] = [
  ["a column added", "ALTER TABLE posts ADD COLUMN likes INT"],
  ["a column renamed", "ALTER TABLE posts RENAME COLUMN author_id TO writer_id"],
  ["the table renamed", "ALTER TABLE posts RENAME TO articles"],
  [
    "the table made anew, as migration tools do",
    "CREATE TABLE __new_posts (id INTEGER PRIMARY KEY, author_id INT, title TEXT)",
    "INSERT INTO __new_posts SELECT * FROM posts",
    "DROP TABLE posts",
    "ALTER TABLE __new_posts RENAME TO Posts",
  ],
  ["an index made", "CREATE UNIQUE INDEX titles ON posts (title)"],
  ["a trigger dropped", "DROP TRIGGER tidemark_ad_Posts"],
  [
    "a trigger altered",
    "DROP TRIGGER tidemark_ad_Posts",
    "CREATE TRIGGER tidemark_ad_Posts AFTER DELETE ON posts BEGIN SELECT 1; END",
  ],
  [
    "an owner's trigger made after ours, which could hide changes from it",
    "CREATE TRIGGER mine AFTER INSERT ON posts BEGIN SELECT RAISE(IGNORE); END",
  ],
];

test.each(CHANGES_OF_SCHEMA)(
  "R6. %s: another version, and unwatched until it is installed again",
  async (_, ...statements) => {
    const { schemaVersion, snapshot } = await installed();
    expect(await source.followed()).toMatchObject({ version: schemaVersion });
    expect((await pull(snapshot)).schemaVersion).toBe(schemaVersion);
    await database.run(...statements);
    const { schemaVersion: changed } = await pull(snapshot);
    expect(changed).not.toBe(schemaVersion);
    expect(await source.followed()).toMatchObject({ version: changed, map: { tables: {} } });
    expect((await pull(snapshot)).schemaVersion).toBe(changed);
    await database.install({});
    const { schemaVersion: again } = await pull(snapshot);
    expect([changed, schemaVersion]).not.toContain(again);
    expect(Object.keys((await map()).tables)).toHaveLength(1);
    expect((await pull(snapshot)).schemaVersion).toBe(again);
  },
);

test("R6. what else changes in the schema is another version, and nothing is unwatched", async () => {
  const { schemaVersion, snapshot } = await installed();
  await database.run("CREATE VIEW v AS SELECT * FROM posts");
  expect((await pull(snapshot)).schemaVersion).not.toBe(schemaVersion);
  expect(Object.keys((await map()).tables)).toEqual(["main.Posts"]);
});

test("R6. an owner's trigger made again after ours could hide changes from them, and so could an import", async () => {
  const mine =
    "CREATE TRIGGER mine AFTER INSERT ON posts BEGIN SELECT RAISE(IGNORE) WHERE NEW.author_id = 7; END";
  const { snapshot, schemaVersion } = await installed(POSTS, mine);
  expect(Object.keys((await map()).tables)).toHaveLength(1);
  await database.run("INSERT INTO posts VALUES (1, 7, 'told')");
  expect((await pull(snapshot)).changes).toHaveLength(1);
  await database.run("DROP TRIGGER mine", mine);
  await database.run("INSERT INTO posts VALUES (2, 7, 'hidden')");
  const page = await pull(snapshot);
  expect(page.changes).toHaveLength(1);
  expect(page.schemaVersion).not.toBe(schemaVersion);
  expect((await map()).tables).toEqual({});
});

test("R6. off takes the triggers off, and on puts them back and flushes everything", async () => {
  const { snapshot } = await installed();
  await database.off();
  expect((await map()).tables).toEqual({});
  await database.run("INSERT INTO posts VALUES (1, 7, 'unseen')");
  await database.install({ follow: ["posts.author_id"] });
  expect((await pull(snapshot)).everything).toBe(true);
  expect((await map()).tables).toMatchObject({ "main.Posts": { followed: ["id", "author_id"] } });
});

test("R10. SQL made for another schema fails before it changes anything", async () => {
  await database.run(POSTS);
  const statements = installD1Sql(await database.schema());
  await database.run("ALTER TABLE posts ADD COLUMN likes INT");
  await expect(database.run(...statements)).rejects.toThrow("Posts is not as it was when this SQL was made");
  expect(await source.followed()).toBe("refused");
  await database.install({});
  await database.run("INSERT INTO posts VALUES (1, 7, 't', 0)");
});
