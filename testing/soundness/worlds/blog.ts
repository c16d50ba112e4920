import type { Random } from "../random.ts";
import { type ColumnType, columnType, TYPES } from "../types.ts";
import { type Column, column, createTable, derived, extras, ID, TYPES_SQL, type World } from "./world.ts";

interface BlogOptions {
  readonly comments?: "partitioned";
  readonly views?: boolean;
  /** What the random columns are drawn from. */
  readonly types?: readonly ColumnType[];
  /** One more column of `users`. */
  readonly ofUsers?: readonly Column[];
}

/** A random blog: users, posts, comments and tags, each with random typed columns. */
export function makeBlog(
  random: Random,
  { comments: form, views = false, types = TYPES, ofUsers = [] }: BlogOptions,
): World {
  const some = (count: number) => extras(random, types, count);
  const id = column("id");
  const users = {
    ...{ name: "users", key: ["id"], writable: true },
    columns: [
      ...[id, ...some(6), column("rank"), ...ofUsers],
      ...[derived("stored", columnType("i4")), derived("virtual", columnType("i4"))],
    ],
  };
  const posts = {
    ...{ name: "posts", key: ["id"], writable: true },
    columns: [id, column("user_id"), ...some(7), column("score")],
  };
  const comments = {
    ...{ name: "comments", key: ["id"], writable: true },
    columns: [id, column("post_id"), ...some(5)],
  };
  const tags = { name: "tags", key: ["id"], writable: true, columns: [id, ...some(3)] };
  const postTags = {
    ...{ name: "post_tags", key: ["post_id", "tag_id"], writable: true },
    columns: [column("post_id"), column("tag_id"), column("weight")],
  };
  const generated =
    ", stored int4 generated always as (rank * 2) stored, virtual int4 generated always as (rank + 1) virtual";
  const byPost = "foreign key (post_id) references posts on delete cascade on update cascade";
  const sql = [
    TYPES_SQL,
    createTable(users, "primary key (id)", generated),
    createTable(
      posts,
      "primary key (id), foreign key (user_id) references users on delete set null on update cascade",
    ),
    createTable(
      comments,
      `primary key (id), ${byPost}`,
      "",
      form === "partitioned" ? "partition by range (id)" : "",
    ),
    createTable(tags, "primary key (id)"),
    createTable(
      postTags,
      `primary key (post_id, tag_id), ${byPost}, foreign key (tag_id) references tags on delete cascade on update cascade`,
    ),
  ];
  const tables = [users, posts, comments, tags, postTags];
  const watched = tables.map(({ name }) => name);
  const further: World["tables"][number][] = [];
  if (form === "partitioned") {
    sql.push("create table comments_low partition of comments for values from (minvalue) to (5);");
    sql.push("create table comments_high partition of comments for values from (5) to (maxvalue);");
    further.push({ ...comments, name: "comments_low", writable: false });
  }
  if (views) {
    sql.push(
      "create view authors as select u.id, u.rank, count(p.id) as written from users u left join posts p on p.user_id = u.id and p.score > 2 group by u.id;",
      "create view latest as select p.*, u.rank from posts p join users u on u.id = p.user_id;",
    );
    const shown = [derived("id"), derived("rank"), derived("written")];
    further.push({ name: "authors", key: ["id"], writable: false, columns: shown });
    further.push({
      ...{ name: "latest", key: ["id"], writable: false },
      columns: [...posts.columns, derived("rank")],
    });
  }
  return {
    sql: sql.join("\n"),
    tables: [...tables, ...further],
    joins: views ? [...JOINS, ...VIEW_JOINS] : JOINS,
    watched,
    ...(form === "partitioned" && { leaves: ["comments_low", "comments_high"] }),
    hasHidden: form === "partitioned" || views,
  };
}

const tagged = "exists (select from post_tags j where j.post_id = $p.id and j.tag_id = $t.id)";
const tagging = "exists (select from post_tags j where j.tag_id = $p.id and j.post_id = $t.id)";

const JOINS: World["joins"] = [
  { parent: "posts", name: "users", target: "users", many: false, on: "$t.id = $p.user_id" },
  { parent: "users", name: "posts", target: "posts", many: true, on: "$t.user_id = $p.id" },
  { parent: "comments", name: "posts", target: "posts", many: false, on: "$t.id = $p.post_id" },
  { parent: "posts", name: "comments", target: "comments", many: true, on: "$t.post_id = $p.id" },
  { parent: "posts", name: "tags", target: "tags", many: true, on: tagged },
  { parent: "tags", name: "posts", target: "posts", many: true, on: tagging },
  { parent: "posts", name: "post_tags", target: "post_tags", many: true, on: "$t.post_id = $p.id" },
  { parent: "post_tags", name: "tags", target: "tags", many: false, on: "$t.id = $p.tag_id" },
];

/** PostgREST finds the keys of the tables that a view shows. */
const VIEW_JOINS: World["joins"] = [
  { parent: "latest", name: "users", target: "users", many: false, on: "$t.id = $p.user_id" },
  { parent: "users", name: "latest", target: "latest", many: true, on: "$t.user_id = $p.id" },
  { parent: "latest", name: "comments", target: "comments", many: true, on: "$t.post_id = $p.id" },
  { parent: "comments", name: "latest", target: "latest", many: false, on: "$t.id = $p.post_id" },
  { parent: "posts", name: "authors", target: "authors", many: false, on: "$t.id = $p.user_id" },
  { parent: "authors", name: "posts", target: "posts", many: true, on: "$t.user_id = $p.id" },
  { parent: "latest", name: "tags", target: "tags", many: true, on: tagged },
];

/** A value of `ID`, as SQL. */
export const anyId = (random: Random): string => random.pick(ID.values);
