import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cachedPg } from "../../src/drivers/pg/cached-pg.ts";
import { type CapturedPostgres, capturedPostgres } from "../../src/drivers/pg/testing/captured-postgres.ts";

// What changes a connection without its text showing it: then its answers are its own, and nobody else's.

const SETS = "set_config('search_path', 'two', false)";

const SCHEMA = `
  create schema two;
  create table two.authors (id int primary key, name text);
  insert into two.authors values (1, 'of two');
  create table logins (n int);
  create function on_login() returns trigger language plpgsql as $$ begin perform ${SETS}; return new; end $$;
  create trigger logs_in before insert on logins for each row execute function on_login();
  create function pg_use_tenant(t text) returns void language sql as $$ select set_config('search_path', t, false) $$;
  create function log(t text) returns void language sql as $$ select set_config('search_path', t, false) $$;
  create function quiet() returns int language sql as 'select 1';
  create view switch as select ${SETS} as s;
  create table defaulted (n text default ${SETS}, m int);
  create rule also as on update to logins do also select ${SETS};
  create procedure switching() language plpgsql as $$ begin perform ${SETS}; end $$;`;

const AUTHORS = "select name from authors where id = 1";
const GUARDED = "select owner from guarded order by id";

let postgres: CapturedPostgres;
let bare: pg.Pool;
beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
  const setup = postgres.pool({ max: 1 });
  await setup.query(SCHEMA);
  await setup.query("insert into public.authors values (1, 'public')");
  await setup.query("insert into guarded values (1, 'alice'), (2, 'reader')");
});
afterAll(() => postgres?.close());

test.each([
  ["a trigger", "insert into logins values (1)"],
  ["a default", "insert into defaulted (m) values (1)"],
  ["a view", "select * from switch"],
  ["a rule", "update logins set n = 2"],
  ["a table made from a query", `create table made as select ${SETS} as x`],
  ["a DO block that sets", "do $$ begin set search_path = two; end $$"],
  ["a DO block that takes a role", "do $$ begin set role reader; end $$", GUARDED],
  ["a DO block that signs in", "do $$ begin set session authorization reader; end $$", GUARDED],
  ["a procedure", "call switching()"],
  ["a function named as the catalogue's", "select pg_use_tenant('two')"],
  ["a function named as a built-in one", "select log('two'::text)"],
  ["a last argument that is not the word true alone", "select set_config('search_path', 'two', not true)"],
  ["a last argument that ends in true", "select set_config('search_path', 'two', 'f'::bool is true)"],
  [
    "a temporary table in a DO block",
    "do $$ begin create temp table authors as select 1 as id, 'temporary' as name; end $$",
  ],
  ["signing in, as it is written", "set session authorization reader", GUARDED],
])("%s is noticed, over the pool and over a client of it", async (name, change, read = AUTHORS) => {
  for (const over of ["pool", "client"]) {
    // Statements that nobody has asked before.
    const [known, unknown] = ["known", "new"].map((which) => `${read} -- ${name}, ${over}, ${which}`) as [
      string,
      string,
    ];
    const truth = (await bare.query(read)).rows;
    const others = postgres.cached(postgres.pool());
    for (let n = 0; n < 2; n++) expect((await others.pool.query(known)).rows).toEqual(truth);
    expect(others.outcomes().at(-1)).toBe("hit");

    const own = postgres.pool({ max: 1 });
    const reasons: string[] = [];
    const pool = cachedPg(own, others.cache, {
      onEvent: (event) => reasons.push(event.type === "pass-through" ? event.reason : event.type),
    });
    const asked = over === "pool" ? pool : await pool.connect();
    await asked.query("drop table if exists made");
    await asked.query(known);
    await asked.query(change);
    reasons.splice(0);
    const got = [];
    for (const text of [known, unknown, unknown]) got.push((await asked.query(text)).rows);
    expect(reasons).toEqual(["connection", "connection", "connection"]);
    if (asked !== pool) (asked as pg.PoolClient).release();
    const mine = (await own.query(read)).rows;
    expect(mine).not.toEqual(truth);
    expect(got).toEqual([mine, mine, mine]);
    expect((await others.pool.query(unknown)).rows).toEqual(truth);
  }
});

test("what was called and changed nothing is looked at once, and hits need no connection again", async () => {
  const own = postgres.pool({ max: 1 });
  let looks = 0;
  const { pool, outcomes } = postgres.cached(own);
  for (let n = 0; n < 2; n++) await pool.query(AUTHORS);
  const client = await own.connect();
  const { query } = client;
  Object.assign(client, {
    query(...given: [{ readonly text: string }]) {
      if (given[0].text?.includes("pg_my_temp_schema")) looks++;
      return Reflect.apply(query, client, given);
    },
  });
  client.release();
  for (const change of [
    ["insert into authors values (7, 'g')"],
    ["select quiet()"],
    ["begin", "commit"],
    ["do $$ begin perform set_config('DateStyle', current_setting('DateStyle'), false); end $$"],
    ["delete from authors where id = 7"],
  ]) {
    for (const text of change) await pool.query(text);
    outcomes();
    looks = 0;
    for (let n = 0; n < 3; n++) await pool.query(AUTHORS);
    expect(outcomes().at(-1), change[0]).toBe("hit");
    expect(looks, change[0]).toBe(1);
  }
  const held = await own.connect();
  // The pool's only connection is taken.
  expect((await pool.query(AUTHORS)).rows).toEqual([{ name: "public" }]);
  held.release();
  expect(outcomes()).toEqual(["hit"]);
});

test("what somebody does with a connection of the pool itself is noticed when the pool lends it again", async () => {
  const own = postgres.pool({ max: 1 });
  const { pool, outcomes } = postgres.cached(own);
  const text = `${AUTHORS} -- itself`;
  await pool.query(AUTHORS);
  await own.query("do $$ begin set search_path = two; end $$");
  outcomes();
  for (let n = 0; n < 2; n++) expect((await pool.query(text)).rows).toEqual([{ name: "of two" }]);
  expect(outcomes()).toEqual(["miss", "connection"]);
});

test("a connection on which the catalogue would be asked for must be as its pool made it", async () => {
  const own = postgres.pool({ max: 1 });
  const { pool, outcomes } = postgres.cached(own, { name: "catalogue" });
  await pool.query("do $$ begin set search_path = two; end $$");
  outcomes();
  for (let n = 0; n < 2; n++) expect((await pool.query(AUTHORS)).rows).toEqual([{ name: "of two" }]);
  expect(outcomes()).toEqual(["connection", "connection"]);
  // It is still the caller's, and others are asked at once.
  expect(own.totalCount).toBe(1);
  const others = postgres.cached(postgres.pool(), { name: "catalogue" });
  for (let n = 0; n < 2; n++) expect((await others.pool.query(AUTHORS)).rows).toEqual([{ name: "public" }]);
  expect(others.outcomes()).toEqual(["miss", "hit"]);
});

test.each([false, true])(
  "settings of a connect event belong to a pool with a name, and what changes later does not (lazyConnect %s)",
  async (lazyConnect) => {
    const own = postgres.pool({ max: 1 });
    own.on("connect", (client) => void client.query("set search_path = two, public"));
    const { pool, outcomes } = postgres.cached(own, { name: `tenant ${lazyConnect}`, lazyConnect });
    const ask = async () => {
      const client = await pool.connect();
      await client.query(AUTHORS);
      client.release();
      return outcomes().at(-1);
    };
    await pool.query("insert into public.authors values (8, 'h')");
    await pool.query("delete from public.authors where id = 8");
    await ask();
    expect(await ask()).toBe("unknown-table");
    const posts = "select title from posts where id = 1";
    for (let n = 0; n < 2; n++) await pool.query(posts);
    expect(outcomes().at(-1)).toBe("hit");
    await pool.query("do $$ begin set search_path = public; end $$");
    outcomes();
    await pool.query(posts);
    expect(outcomes()).toEqual(["connection"]);
  },
);
