import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CapturedPostgres, capturedPostgres } from "./testing/captured-postgres.ts";

let postgres: CapturedPostgres;
let bare: pg.Pool;

beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
});
afterAll(() => postgres?.close());

beforeEach(async () => {
  await bare.query("truncate authors");
  await bare.query("insert into authors values (1, 'Ada'), (2, 'Bob')");
});

test("Inside a transaction everything passes through, and is its own", async () => {
  const { pool, outcomes } = postgres.cached(bare);
  const text = "select name from authors where id = 1";
  await pool.query(text);
  const client = await pool.connect();
  outcomes();
  await client.query("BEGIN");
  await client.query("update authors set name = 'not yet' where id = 1");
  expect((await client.query(text)).rows).toEqual([{ name: "not yet" }]);
  await client.query("savepoint one");
  await client.query("rollback to savepoint one");
  expect((await client.query(text)).rows).toEqual([{ name: "not yet" }]);
  await client.query("ROLLBACK");
  expect((await client.query(text)).rows).toEqual([{ name: "Ada" }]);
  client.release();
  const reads = outcomes().filter((outcome) => outcome !== "not-a-read");
  // Two reads, two savepoints, and the end.
  expect(reads).toEqual([...Array.from({ length: 5 }, () => "transaction"), "hit"]);
});

test("A connection whose session somebody has changed passes everything through, for whoever gets it next", async () => {
  const changes = [
    "set search_path = other, public",
    "select set_config('app.user', 'x', false)",
    "set role reader",
    "create temp table authors (id int, name text)",
    "listen changes",
    "discard all",
    "select pg_catalog.set_config('a.b', 'c', false); select 1",
    "do $$ begin perform set_config('DateStyle', 'German', false); end $$",
    "set session characteristics as transaction read only",
  ];
  for (const change of changes) {
    const own = postgres.pool({ max: 1 });
    const { pool, outcomes } = postgres.cached(own);
    const client = await pool.connect();
    await client.query(change);
    outcomes();
    const text = "select name from authors where id = 2";
    await client.query(text);
    expect(outcomes(), change).toEqual(["connection"]);
    client.release();
    // The pool's only connection: what it reads is not kept.
    await bare.query("update authors set name = name || '!' where id = 2");
    for (let n = 0; n < 2; n++) expect((await pool.query(text)).rows).toEqual((await own.query(text)).rows);
    expect(outcomes(), change).not.toContain("hit");
  }
});

test("What calls functions of somebody's is looked at: they may have changed the session, or not", async () => {
  await bare.query(`create or replace function quiet() returns int language sql as 'select 1';
    create or replace function loud() returns text language sql as $$ select set_config('TimeZone', 'Asia/Tokyo', false) $$`);
  const text = "select name from authors where id = 1";
  for (const [call, expected] of [
    ["select quiet()", ["hit", "hit"]],
    ["do $$ begin perform quiet(); end $$", ["hit", "hit"]],
    ["select * from authors, quiet()", ["hit", "hit"]],
    ["select loud()", ["connection", "connection"]],
  ] as const) {
    const own = postgres.pool({ max: 1 });
    const { pool, outcomes } = postgres.cached(own, { name: "called" });
    const client = await pool.connect();
    await client.query(text);
    await client.query(call);
    outcomes();
    await client.query(text);
    await client.query(text);
    client.release();
    const got = outcomes();
    expect(got, call).toEqual(expected);
  }
});

test("A setting of one transaction leaves its connection as it was", async () => {
  const own = postgres.pool({ max: 1 });
  const { pool, outcomes } = postgres.cached(own);
  const client = await pool.connect();
  await client.query("begin");
  await client.query("select set_config('request.jwt.claims', $1, true)", ["{}"]);
  await client.query("set local role reader");
  await client.query("commit");
  outcomes();
  await client.query("select name from authors");
  await client.query("select name from authors");
  client.release();
  expect(outcomes()).toEqual(["miss", "hit"]);
});

test("Statements on one connection are sent in the order of their calls, whoever waits", async () => {
  const { pool } = postgres.cached(bare);
  const text = "select name from authors where id = $1";
  for (let n = 0; n < 5; n++) {
    const client = await pool.connect();
    const answers = await Promise.all([
      client.query(text, [1]),
      client.query("begin"),
      client.query("update authors set name = $1 where id = 1", [`later ${n}`]),
      client.query(text, [1]),
      client.query("rollback"),
      client.query(text, [1]),
    ]);
    client.release();
    expect([0, 3, 5].map((at) => answers[at]?.rows[0].name)).toEqual(["Ada", `later ${n}`, "Ada"]);
  }
});
