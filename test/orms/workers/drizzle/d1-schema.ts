import { eq, relations, sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  blob,
  integer,
  numeric,
  primaryKey,
  real,
  sqliteTable,
  sqliteView,
  text,
} from "drizzle-orm/sqlite-core";

export const authors = sqliteTable("authors", {
  id: integer().primaryKey({ autoIncrement: true }),
  name: text().notNull(),
  email: text().notNull().unique(),
  active: integer({ mode: "boolean" }).notNull().default(true),
  managerId: integer("manager_id").references((): AnySQLiteColumn => authors.id, { onDelete: "set null" }),
});

export const posts = sqliteTable("posts", {
  id: integer().primaryKey({ autoIncrement: true }),
  authorId: integer("author_id")
    .notNull()
    .references(() => authors.id, { onDelete: "cascade" }),
  title: text().notNull(),
  status: text({ enum: ["draft", "published", "archived"] })
    .notNull()
    .default("draft"),
  views: integer().notNull().default(0),
  rating: real(),
  price: numeric(),
  at: integer({ mode: "timestamp_ms" }).notNull(),
  meta: text({ mode: "json" }).$type<unknown>(),
  document: blob({ mode: "json" }).$type<unknown>(),
  big: blob({ mode: "bigint" }),
  cover: blob({ mode: "buffer" }),
  titleLength: integer("title_length").generatedAlwaysAs(sql`length(title)`),
});

export const tags = sqliteTable("tags", {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
});

export const postsTags = sqliteTable(
  "posts_tags",
  {
    postId: integer("post_id")
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    tagId: integer("tag_id")
      .notNull()
      .references(() => tags.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.postId, table.tagId] })],
);

export const published = sqliteView("published").as((qb) =>
  qb
    .select({ id: posts.id, title: posts.title, author: sql<string>`${authors.name}`.as("author") })
    .from(posts)
    .innerJoin(authors, eq(authors.id, posts.authorId))
    .where(eq(posts.status, "published")),
);

export const authorsRelations = relations(authors, ({ one, many }) => ({
  manager: one(authors, { fields: [authors.managerId], references: [authors.id], relationName: "manages" }),
  manages: many(authors, { relationName: "manages" }),
  posts: many(posts),
}));

export const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(authors, { fields: [posts.authorId], references: [authors.id] }),
  postsTags: many(postsTags),
}));

export const tagsRelations = relations(tags, ({ many }) => ({ postsTags: many(postsTags) }));

export const postsTagsRelations = relations(postsTags, ({ one }) => ({
  post: one(posts, { fields: [postsTags.postId], references: [posts.id] }),
  tag: one(tags, { fields: [postsTags.tagId], references: [tags.id] }),
}));
