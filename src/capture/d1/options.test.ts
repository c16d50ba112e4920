import { expect, test } from "vitest";
import { type D1CaptureOptions, watchPlans } from "./options.ts";
import type { D1Column, D1Schema, D1Table } from "./schema/schema.ts";

const column = (name: string, type = "TEXT", more: Partial<D1Column> = {}): D1Column => ({
  ...{ name, type, notNull: false, default: null, key: 0, generated: false },
  ...more,
});

const table = (name: string, columns: readonly D1Column[], more: Partial<D1Table> = {}): D1Table => ({
  ...{ name, kind: "table", sql: "", withoutRowid: false, columns, uniques: [], indexes: [], triggers: [] },
  ...more,
});

const SCHEMA: D1Schema = {
  tables: [
    table("d1_migrations", [column("id", "INTEGER", { key: 1 })]),
    table(
      "posts",
      [
        column("id", "INTEGER", { key: 1 }),
        column("author_id", "INTEGER"),
        column("views", "INTEGER"),
        column("slug", "VARCHAR(80)"),
        column("made", "DATETIME"),
        column("loose", ""),
      ],
      {
        uniques: [
          {
            name: "slugs",
            origin: "u",
            partial: false,
            sql: null,
            keys: [{ column: "slug", collation: "BINARY" }],
          },
        ],
      },
    ),
    table("search", [column("body")], { kind: "virtual" }),
    table("tidemark_outbox", [column("id")]),
    table("when.made", [column("a.b", "DECIMAL(10, 2)")]),
    table("keyed", [column("at", "DATETIME", { key: 1 })]),
    table(
      "wide",
      Array.from({ length: 17 }, (_, index) => column(`c${index}`)),
    ),
  ],
  views: [{ name: "latest", sql: "CREATE VIEW latest AS SELECT * FROM posts" }],
};

const followed = (options: D1CaptureOptions) =>
  Object.fromEntries(
    watchPlans(SCHEMA, options).map((plan) => [plan.table.name, plan.followed.map(({ name }) => name)]),
  );

test("R2. primary keys are followed, and what is asked for; tables of tools and our own are not watched", () => {
  expect(followed({ follow: ["posts.author_id", "WHEN.MADE.a.b", "main.posts.slug"] })).toEqual({
    posts: ["id", "author_id", "slug"],
    "when.made": ["a.b"],
    keyed: [],
    wide: [],
  });
});

test("R2. with a list of tables, only these are watched, and those that other options name", () => {
  expect(followed({ tables: ["keyed"], quiet: ["posts.views"] })).toEqual({ posts: ["id"], keyed: [] });
  expect(followed({ tables: ["d1_migrations"] })).toEqual({ d1_migrations: ["id"] });
});

test.each<[string, D1CaptureOptions, string]>([
  ["no-such-table", { tables: ["post"] }, 'there is no table "post"'],
  ["no-such-table", { follow: ["post.id"] }, 'there is no table "post"'],
  ["no-such-column", { follow: ["posts.author"] }, 'posts has no column "author"'],
  ["not-a-column", { follow: ["posts"] }, '"posts" is not table.column'],
  ["is-a-view", { tables: ["latest"] }, "latest is a view; name the tables that it reads"],
  ["is-virtual", { tables: ["search"] }, "search is a virtual table or a part of one, which has no triggers"],
  ["is-ours", { coarse: ["tidemark_outbox"] }, "tidemark_outbox is Tidemark's own"],
  [
    "type-not-followed",
    { follow: ["posts.made"] },
    "posts.made has the type DATETIME, which is not followed",
  ],
  ["type-not-followed", { follow: ["posts.loose"] }, "posts.loose has no type, which is not followed"],
  [
    "follow-of-coarse",
    { coarse: ["posts"], follow: ["posts.author_id"] },
    "posts is coarse, so posts.author_id cannot be followed",
  ],
  ["quiet-and-followed", { quiet: ["posts.id"] }, "posts.id is followed, so it cannot be quiet"],
  [
    "quiet-and-followed",
    { quiet: ["posts.views"], follow: ["posts.views"] },
    "posts.views is followed, so it cannot be quiet",
  ],
  [
    "quiet-and-unique",
    { quiet: ["posts.slug"] },
    "posts.slug is part of a unique index, so it cannot be quiet",
  ],
  [
    "too-many-followed",
    { follow: Array.from({ length: 17 }, (_, index) => `wide.c${index}`) },
    "more than 16 columns of wide would be followed",
  ],
])("refuses %s: %j", (code, options, message) => {
  expect(() => watchPlans(SCHEMA, options)).toThrow(expect.objectContaining({ code, message }));
});
