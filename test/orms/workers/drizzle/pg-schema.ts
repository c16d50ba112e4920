import { eq, relations, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  pgView,
  primaryKey,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

export const status = pgEnum("status", ["draft", "published", "archived"]);

export const authors = pgTable("authors", {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull(),
  email: varchar({ length: 80 }).notNull().unique(),
  active: boolean().notNull().default(true),
  managerId: integer("manager_id").references((): AnyPgColumn => authors.id, { onDelete: "set null" }),
});

export const posts = pgTable("posts", {
  id: bigint({ mode: "number" }).primaryKey().generatedByDefaultAsIdentity(),
  authorId: integer("author_id")
    .notNull()
    .references(() => authors.id, { onDelete: "cascade" }),
  title: text().notNull(),
  status: status().notNull().default("draft"),
  views: bigint({ mode: "bigint" }).notNull().default(0n),
  rating: doublePrecision(),
  price: numeric({ precision: 12, scale: 3 }),
  key: uuid(),
  at: timestamp({ withTimezone: true }).notNull(),
  local: timestamp({ mode: "string" }),
  day: date(),
  hour: time(),
  span: interval(),
  meta: json().$type<unknown>(),
  document: jsonb().$type<unknown>(),
  words: text().array(),
  numbers: integer().array(),
  picture: bytea(),
  titleLength: integer("title_length").generatedAlwaysAs(sql`length(title)`),
});

export const tags = pgTable("tags", { id: integer().primaryKey(), name: text().notNull().unique() });

export const postsTags = pgTable(
  "posts_tags",
  {
    postId: bigint("post_id", { mode: "number" })
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    tagId: integer("tag_id")
      .notNull()
      .references(() => tags.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.postId, table.tagId] })],
);

export const published = pgView("published").as((qb) =>
  qb
    .select({ id: posts.id, title: posts.title, author: sql<string>`${authors.name}`.as("author") })
    .from(posts)
    .innerJoin(authors, eq(authors.id, posts.authorId))
    .where(eq(posts.status, "published")),
);

export const authorsRelations = relations(authors, ({ one, many }) => ({
  manager: one(authors, { fields: [authors.managerId], references: [authors.id] }),
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
