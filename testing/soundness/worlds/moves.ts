import type { Random } from "../random.ts";
import { TYPES } from "../types.ts";
import { anyId, makeBlog } from "./blog.ts";
import { column, createTable, extras, type Table, type World } from "./world.ts";

/** A blog with a partitioned table whose rows move: two levels of partitions, read as they are and through views. */
export function movesWorld(random: Random): World {
  const blog = makeBlog(random, {});
  const columns = [
    ...[column("id"), column("shelf"), column("user_id")],
    ...extras(random, TYPES, 3),
    column("weight"),
  ];
  const key = ["id", "shelf"];
  const books: Table = { name: "books", key, writable: true, columns };
  const part = (name: string, writable: boolean): Table => ({ ...books, name, writable });
  const view = (name: string): Table => ({ ...books, name, writable: false });
  const names = columns.map(({ name }) => `b."${name}"`).join(", ");
  const sql = [
    blog.sql,
    createTable(
      books,
      "primary key (id, shelf), foreign key (user_id) references users on delete set null on update cascade",
      "",
      "partition by range (shelf)",
    ),
    "create table books_low partition of books for values from (minvalue) to (5);",
    "create table books_high partition of books for values from (5) to (maxvalue) partition by range (id);",
    "create table books_high_few partition of books_high for values from (minvalue) to (6);",
    "create table books_high_many partition of books_high for values from (6) to (maxvalue);",
    "create view low_view as select * from books_low;",
    `create view high_view as select ${names} from books_high b where weight > 2;`,
    `create view few_view as select ${names} from books_high_few b join users u on u.id = b.user_id;`,
  ];
  return {
    sql: sql.join("\n"),
    tables: [
      ...blog.tables,
      books,
      part("books_low", true),
      part("books_high", true),
      part("books_high_few", random.chance(50)),
      ...["low_view", "high_view", "few_view"].map(view),
    ],
    joins: [
      ...blog.joins,
      { parent: "books", name: "users", target: "users", many: false, on: "$t.id = $p.user_id" },
      { parent: "users", name: "books", target: "books", many: true, on: "$t.user_id = $p.id" },
    ],
    watched: [...blog.watched, "books"],
    leaves: ["books_low", "books_high", "books_high_few", "books_high_many"],
    hasHidden: true,
    focus: ["books", "books_low", "books_high", "books_high_few", "low_view", "high_view", "few_view"],
    special: { percent: 35, make: move },
  };
}

/** By the root, or by a partition whose own partitions take the row. */
function move(random: Random): string {
  const [from, to] = [anyId(random), anyId(random)];
  const book = `insert into books (id, shelf, user_id, weight) select ${from}, ${to}, max(u.id), ${anyId(random)} from users u`;
  return random.pick([
    book,
    book,
    `update books set shelf = ${to} where id = ${from}`,
    `update books set shelf = shelf + 4 where shelf = ${from}`,
    `update books set shelf = ${to}, weight = weight + 1 where id = ${from}`,
    `update books set id = ${to} where id = ${from} and shelf >= 5`,
    `update books_high set id = ${to} where id = ${from}`,
    `update books_low set shelf = ${to} where id = ${from}`,
    `delete from books_high where id = ${from}`,
  ]);
}
