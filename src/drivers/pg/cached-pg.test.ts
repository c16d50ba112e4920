import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Random } from "../../../testing/random.ts";
import { type CapturedPostgres, capturedPostgres } from "./testing/captured-postgres.ts";

let postgres: CapturedPostgres;
let bare: pg.Pool;

beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
});
afterAll(() => postgres?.close());

beforeEach(async () => {
  await bare.query("truncate posts, authors, secrets");
  await bare.query("insert into authors values (1, 'Ada'), (2, 'Bob')");
  await bare.query(
    `insert into posts values (1, 1, 'a', '2026-01-01 10:00+00', '2026-01-01', '{"a":[1]}', '\\x00ff', 1.50, '{a,"b c",null}', true),
      (9007199254740993, 2, null, null, null, 'null', '', 'NaN', '{}', false)`,
  );
  await bare.query("insert into secrets values (1, 'x')");
});

/** What a caller sees of an answer. */
const seen = ({ rows, fields, command, rowCount }: pg.QueryResult) => ({
  rows,
  fields: fields.map((field) => ({ ...field })),
  command,
  rowCount,
});

const STATEMENTS: readonly (readonly [string, readonly unknown[]])[] = [
  ["select * from posts order by id", []],
  ["select * from posts where author_id = $1 order by id", [1]],
  [
    'select p.id, q.id, p.title as __proto__, 1 as "2", p.* from posts p join posts q on p.id = q.id order by 1',
    [],
  ],
  ["select * from posts where id = $1", [12]],
  [
    "select count(*), sum(price), $1::text, $2::bool, $3::bytea from posts",
    ["x:/@%", true, Buffer.from([0, 255])],
  ],
  ["select id, $1::jsonb, $2::int[], $3::timestamptz from posts", [{ a: 1 }, [1, null, 3], new Date(0)]],
  ["select id from posts where id = any($1) and made < $2", [["1", 2n], new Date("2026-06-01")]],
  ["select t.title from titles t where t.id < $1", [9]],
];

test("Answers in every shape of call are the same from the cache as from the pool", async () => {
  const { pool, outcomes } = postgres.cached(bare);
  const texts = { getTypeParser: () => (value: unknown) => `${value}!` };
  for (const [text, values] of STATEMENTS) {
    const shapes: ((on: pg.Pool | pg.PoolClient) => Promise<pg.QueryResult>)[] = [
      (on) => on.query(text, [...values]),
      (on) => on.query({ text, values: [...values] }),
      (on) => on.query({ text, values: [], rowMode: "array" } as pg.QueryConfig, [...values]),
      (on) => on.query({ text, values: [...values], types: texts } as pg.QueryConfig),
      (on) => on.query({ name: `named ${text}`.slice(0, 60), text, values: [...values] }),
      (on) =>
        new Promise((resolve, reject) => {
          on.query(text, [...values], (error, result) => (error ? reject(error) : resolve(result)));
        }),
    ];
    for (const shape of shapes) {
      const expected = seen(await shape(bare));
      expect(seen(await shape(pool)), text).toEqual(expected);
      expect(seen(await shape(pool)), text).toEqual(expected);
      const client = await pool.connect();
      expect(seen(await shape(client)), text).toEqual(expected);
      client.release();
    }
    // All of them are one entry.
    expect(outcomes(), text).toEqual(["miss", ...Array.from({ length: shapes.length * 3 - 1 }, () => "hit")]);
  }
});

test("What has no parameters may be asked with a callback alone, and errors come the same way", async () => {
  const { pool } = postgres.cached(bare);
  const ask = (on: pg.Pool, text: string) =>
    new Promise<unknown>((resolve) => {
      on.query(text, (error: Error, result: pg.QueryResult) => resolve(error ? String(error) : result.rows));
    });
  for (const text of [
    "select id from authors order by id",
    "select nothing from authors",
    "select from where",
  ]) {
    expect(await ask(pool, text)).toEqual(await ask(bare, text));
    expect(await ask(pool, text)).toEqual(await ask(bare, text));
  }
  await expect(pool.query("select nothing from authors")).rejects.toMatchObject({ code: "42703" });
});

test("A pool that caches is an instance of its class, and has what this has", async () => {
  const { pool } = postgres.cached(bare);
  expect(pool).toBeInstanceOf(pg.Pool);
  expect(pool.totalCount).toBe(bare.totalCount);
  const client = await pool.connect();
  expect(client.escapeLiteral("a'b")).toBe("'a''b'");
  client.release();
  await new Promise<void>((resolve, reject) => {
    pool.connect((error, each, release) => {
      if (error || !each) return reject(error);
      each.query("select 1 from authors").then(() => {
        release();
        resolve();
      }, reject);
    });
  });
});

test("What is defined on a pool that caches, as an extension does, is not the bare pool's", async () => {
  const { pool } = postgres.cached(bare);
  const view = pool.with({ tags: ["x"] });
  expect("with" in pool && "fresh" in pool && "query" in pool).toBe(true);
  const own = Object.getOwnPropertyDescriptor(bare, "query");
  Object.defineProperty(pool, "query", { configurable: true, value: () => "mine" });
  expect(pool.query("select 1")).toBe("mine");
  expect(Object.getOwnPropertyDescriptor(bare, "query")).toEqual(own);
  expect((await view.query("select id from authors where id = 1")).rows).toEqual([{ id: 1 }]);
});

test("Listeners of a driver and of its views hear of statements, whatever another throws", async () => {
  const { pool, outcomes } = postgres.cached(bare, { name: "listeners" });
  const heard: string[] = [];
  const view = pool
    .with({
      onEvent: () => {
        throw new Error("a listener's own");
      },
    })
    .with({ onEvent: ({ type }) => heard.push(type) });
  await view.query("select id from authors");
  await view.query("select now()");
  await pool.query("select id from authors");
  expect(heard).toEqual(["miss", "pass-through"]);
  expect(outcomes()).toEqual(["miss", "unknown-function", "hit"]);
});

test("Parsers of a pool are its own, on hits as well", async () => {
  const types = { getTypeParser: (oid: number) => (value: string) => `${oid}:${value}` };
  const own = postgres.pool({ types: types as unknown as pg.CustomTypesConfig });
  const { pool } = postgres.cached(own);
  const text = "select id, made from posts order by id";
  const expected = (await own.query(text)).rows;
  expect((await pool.query(text)).rows).toEqual(expected);
  expect((await pool.query(text)).rows).toEqual(expected);
});

test("R5. A change from anywhere is seen by strict reads, and others' answers stay", async () => {
  const { pool, outcomes } = postgres.cached(bare);
  const text = "select title from posts where author_id = $1 order by id";
  for (const author of [1, 2]) await pool.query(text, [author]);
  await bare.query("update posts set title = 'c' where id = 1");
  outcomes();
  expect((await pool.query(text, [1])).rows).toEqual([{ title: "c" }]);
  await pool.query(text, [2]);
  expect(outcomes()).toEqual(["miss", "hit"]);
  await bare.query("update posts set author_id = 2 where id = 1");
  expect((await pool.query(text, [1])).rows).toEqual([]);
  expect((await pool.query(text, [2])).rows).toEqual([{ title: "c" }, { title: null }]);
});

test("I6. A pool reads its own writes at once, however long the bound is", async () => {
  const { pool } = postgres.cached(bare, { freshness: "1h", name: "own writes" });
  const names = async (on: pg.Pool) => (await on.query("select name from authors order by id")).rows;
  const expectSame = async () => expect(await names(pool)).toEqual(await names(bare));
  await expectSame();
  await pool.query("insert into authors values (3, 'Cyd')");
  await expectSame();
  await pool.query({ text: "update authors set name = $1 where id = 3 returning *", values: ["Cid"] });
  await expectSame();
  await pool.query("with gone as (delete from authors where id = 3 returning id) select * from gone");
  await expectSame();
  await new Promise((resolve) => pool.query("insert into authors values (4, 'Dan')", resolve));
  await expectSame();
  const client = await pool.connect();
  await client.query("begin");
  await client.query("update authors set name = 'Eve' where id = 4");
  await client.query("commit");
  client.release();
  await expectSame();
});

test("What is not certain is passed through, with its reason, and counted by statement", async () => {
  const { pool, outcomes } = postgres.cached(bare, { name: "uncertain" });
  const reason = async (text: string, values: unknown[] = []) => {
    await pool.query(text, values);
    return outcomes();
  };
  expect(await reason("select * from secrets")).toEqual(["unwatched-table"]);
  expect(await reason("select now() from posts")).toEqual(["unknown-function"]);
  expect(await reason("select p.shout from posts p")).toEqual(["unknown-function"]);
  expect(await reason("select id from posts where made < 'tomorrow'")).toEqual(["time"]);
  expect(await reason("select id from posts where made < $1", ["now"])).toEqual(["time"]);
  expect(await reason("select * from pg_class limit 1")).toEqual(["unknown-table"]);
  expect(await reason("select id from posts for update")).toEqual(["locks"]);
  expect(await reason("show search_path")).toEqual(["not-a-read"]);
  expect(await reason("select $1::text from posts", [{ toPostgres: () => "x" }])).toEqual(["parameter"]);
  await pool.fresh.query("select id from posts");
  expect(outcomes()).toEqual(["fresh"]);
  const counted = pool.statistics().find(({ sql }) => sql === "select * from secrets");
  expect(counted).toMatchObject({ passedThrough: { "unwatched-table": 1 }, hits: 0 });
});

test("A table that policies guard is read from the cache only by those from whom they hide nothing", async () => {
  await bare.query("insert into guarded values (1, 'reader') on conflict do nothing");
  const text = "select * from guarded";
  const { pool, outcomes } = postgres.cached(bare);
  await pool.query(text);
  await pool.query(text);
  expect(outcomes()).toEqual(["miss", "hit"]);
  const url = new URL(postgres.url);
  url.username = url.password = "reader";
  const reader = postgres.cached(postgres.pool({ connectionString: url.href }));
  await reader.pool.query(text);
  expect(reader.outcomes()).toEqual(["row-security"]);
  // Others' answers are under another key.
  await pool.query("select name from authors");
  outcomes();
  await reader.pool.query("select name from authors");
  expect(reader.outcomes()).toEqual(["miss"]);
});

test("Options by query and by table say how long an answer lives, and which are kept", async () => {
  const { pool, outcomes } = postgres.cached(bare, { tables: { authors: { ttl: "1m" } }, name: "options" });
  await pool.query("select id from posts");
  expect(outcomes()).toEqual(["unlisted-table"]);
  const text = "select id from authors";
  await pool.query(text);
  await postgres.clock.advance(59_000);
  await pool.query(text);
  expect(outcomes().at(-1)).toBe("hit");
  await postgres.clock.advance(2_000);
  await pool.query(text);
  expect(outcomes()).toEqual(["miss"]);
  const tagged = pool.with({ tags: ["people"], ttl: "1h" });
  await tagged.query("select name from authors");
  await tagged.query("select name from authors");
  expect(outcomes()).toEqual(["miss", "hit"]);
});

test("I1. Strict reads of random statements never differ from the database, whoever writes", async () => {
  const seed = Number(process.env.DRIVER_SEED ?? Date.now() % 1e6);
  const rounds = Number(process.env.DRIVER_ROUNDS ?? 400);
  const random = Random.spread(seed);
  const isolates = [postgres.cached(bare, { name: "a" }), postgres.cached(bare, { name: "a" })];
  const reads = [
    "select * from posts where id = $1",
    "select * from posts where author_id = $1 order by id",
    "select p.title, a.name from posts p join authors a on a.id = p.author_id where a.id = $1 order by p.id",
    "select count(*) from posts where author_id in (select id from authors where id > $1)",
    "select title from titles where id < $1 order by id",
    "select (select name from authors where id = $1) as name, count(*) from posts",
  ];
  const writes = [
    "insert into posts (id, author_id, title) values ($1, $2, $3) on conflict (id) do update set title = excluded.title",
    "update posts set author_id = $2::int, title = $3 where id = $1",
    "delete from posts where id = $1 or (author_id = $2::int and title = $3)",
    "insert into authors (id, name) values ($1, $2::text || $3) on conflict do nothing",
    "update authors set name = $2::text || $3 where id = $1",
    "delete from authors where id = $1 and $2::int > 2 and $3 <> ''",
  ];
  for (let round = 0; round < rounds; round++) {
    const [one, two] = [random.below(5), random.below(5)];
    const { pool } = random.pick(isolates);
    if (random.chance(0.25)) {
      await random.pick([pool, bare]).query(random.pick(writes), [one, two, `t${round}`]);
      continue;
    }
    const text = random.pick(reads);
    const cached = await pool.query(text, [one]);
    expect(seen(cached), `seed ${seed}, round ${round}: ${text} [${one}]`).toEqual(
      seen(await bare.query(text, [one])),
    );
  }
  const outcomes = isolates.flatMap((each) => each.outcomes());
  const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
  console.log(JSON.stringify({ seed, rounds, hits: count("hit"), misses: count("miss") }));
  expect(count("hit")).toBeGreaterThan(rounds / 20);
});
