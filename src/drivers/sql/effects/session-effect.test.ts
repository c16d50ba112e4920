import { expect, test } from "vitest";
import { countsChanges, mayWrite } from "./may-write.ts";
import { sessionEffect } from "./session-effect.ts";

test.each([
  ["", "none"],
  ["select * from posts", "none"],
  ["select now(), gen_random_uuid() from posts;", "none"],
  [
    "insert into posts (id, title) values ($1, lower($2)) on conflict (id) do update set (a, b) = (1, 2)",
    "none",
  ],
  ["insert into public.posts as p (id) select nextval('s')", "none"],
  ["with x (a, b) as (select 1, 2) select * from x, generate_series(1, 2) as g (i)", "none"],
  ["update posts set title = coalesce($1, title)", "none"],
  ["select * from a left join lateral (select 1) x on true, lateral (select 2) y", "none"],
  ["select * from a, (select 1) x join (select 2) y on (true) where id in (1) and exists (select 1)", "none"],
  ["select pg_get_serial_sequence('a', 'b'), col_description(1, 2) from pg_class", "none"],
  ["create table t (id int primary key, check (id > mine(id)))", "none"],
  ["begin", "begin"],
  ["START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "begin"],
  ["commit", "end"],
  ["end;", "end"],
  ["rollback and no chain", "end"],
  ["commit and chain", "begin"],
  ["savepoint a", "none"],
  ["rollback to savepoint a", "none"],
  ["rollback work to a", "none"],
  ["set local role reader", "none"],
  ["set transaction read only", "none"],
  ["select set_config('a.b', $1, true)", "none"],
  ["select set_config('a.b', $1, false)", "lasting"],
  ["select pg_catalog.set_config('a.b', $1, $2)", "lasting"],
  ['select "set_config"(a, b, c) from posts', "lasting"],
  ["set role reader", "lasting"],
  ["set search_path to x", "lasting"],
  ["reset all", "lasting"],
  ["listen x", "lasting"],
  ["create temporary table t (id int)", "lasting"],
  ["select * into temp t from posts", "lasting"],
  ["select mine(1)", "none"],
  ["select * from mine(1)", "none"],
  ["select * from a, mine(b)", "none"],
  ["insert into posts (id) values (mine(1))", "none"],
  ["insert into posts select mine(1)", "none"],
  ["do $$ begin end $$", "none"],
  ["call mine()", "none"],
  ["select 1; select 2", "lasting"],
  ["select E'\\x41'", "lasting"],
  ["load 'x'", "lasting"],
  ["prepare p as select 1", "lasting"],
] as const)("What a statement does to its connection: %s", (sql, effect) => {
  expect(sessionEffect(sql)).toBe(effect);
});

test.each([
  ["SELECT * FROM posts", false],
  ["SELECT replace(title, 'a', 'b') FROM posts", false],
  ["WITH x AS (SELECT 1) SELECT * FROM x", false],
  ["PRAGMA table_info(posts)", false],
  ["SELECT 'delete'", false],
  ["INSERT INTO posts VALUES (1)", true],
  ["WITH x AS (SELECT 1) DELETE FROM posts", true],
  ["REPLACE INTO posts VALUES (1)", true],
  ["SELECT 1; DELETE FROM posts", true],
  ["CREATE TABLE t (id)", true],
  ["SELECT \u0000", true],
] as const)("Whether a statement of SQLite may write: %j", (sql, may) => {
  expect(mayWrite(sql, "sqlite")).toBe(may);
});

test.each([
  ["select now() from posts", false],
  ["select mine() from posts", true],
  ["with x as (delete from posts returning *) select * from x", true],
  ["select * from posts for update", true],
  ["set role x", false],
  ["commit", false],
  ["call mine()", true],
] as const)("Whether a statement of Postgres may write: %s", (sql, may) => {
  expect(mayWrite(sql, "postgres")).toBe(may);
});

test("`changes()` tells of what inserts, updates and deletes alone", () => {
  expect(countsChanges("INSERT INTO posts VALUES (1)")).toBe(true);
  expect(countsChanges("with x as (select 1) update posts set id = 1")).toBe(true);
  expect(countsChanges("CREATE TABLE t (id)")).toBe(false);
  expect(countsChanges("SELECT 1")).toBe(false);
});
