import { expect, it } from "vitest";
import type { RowMap } from "./row-map.ts";
import { rowName, tableName, wholeName } from "./row-name.ts";
import { Rows } from "./rows.ts";

const MAP: RowMap = {
  tables: { "public.posts": { columns: ["id", "slug", "title"], followed: ["id", "slug"] } },
  ...{ unwatched: [], views: {}, schemas: ["public"] },
};

it("R2. rows stand on the value of a followed column", () => {
  expect(new Rows("posts", { slug: "a", title: "b" }).namesIn(MAP)).toEqual({
    names: [wholeName("public.posts"), rowName("public.posts", "slug", "a")],
    coarser: null,
  });
});

it("R4. a text that is longer than what is told stands on the whole table: the database may read a number there", () => {
  expect(new Rows("posts", { id: `${"0".repeat(256)}7` }).namesIn(MAP)).toEqual({
    names: [wholeName("public.posts"), tableName("public.posts")],
    coarser: { table: "public.posts", columns: ["id"] },
  });
});

it("R4. another column's value is taken where one is too long", () => {
  expect(new Rows("posts", { id: 7, slug: "x".repeat(257) }).namesIn(MAP)).toEqual({
    names: [wholeName("public.posts"), rowName("public.posts", "id", 7)],
    coarser: null,
  });
});
