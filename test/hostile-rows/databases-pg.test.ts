import { afterAll, beforeAll, expect, test } from "vitest";
import { captureSql } from "../../src/capture/capture-sql.ts";
import { SECRET_HASH } from "../../src/capture/testing/database.ts";
import { type CapturedPostgres, capturedPostgres } from "../../src/drivers/pg/testing/captured-postgres.ts";

// The keeper's map names tables, and not whose they are: the driver must ask its own database which one it is.

const READ = "select title from posts where id = 1";

let postgres: CapturedPostgres;
beforeAll(async () => {
  postgres = await capturedPostgres();
});
afterAll(() => postgres?.close());

/** Another database of the same server, with a table of the same name. */
async function other(name: string) {
  await postgres.pool().query(`create database ${name}`);
  const pool = postgres.pool({ connectionString: postgres.url.replace(/\/[^/]*$/, `/${name}`) });
  await pool.query("create table posts (id bigint primary key, author_id int, title text)");
  await pool.query("insert into posts values (1, 1, 'one')");
  return pool;
}
const install = (tables: readonly string[]) =>
  captureSql({ tables: tables.map((relation) => ({ relation })), secretHash: SECRET_HASH });

const comment = "select obj_description('tidemark'::regnamespace, 'pg_namespace') as comment";

test("a database of which the keeper hears is cached, also for a role that may do nothing with capture", async () => {
  await postgres.pool().query("insert into posts (id, title) values (1, 'one')");
  const connectionString = postgres.url.replace(/\/\/[^@]*@/, "//reader:reader@");
  for (const pool of [postgres.pool(), postgres.pool({ connectionString })]) {
    const { pool: cached, outcomes } = postgres.cached(pool);
    for (let n = 0; n < 2; n++) await cached.query(READ);
    expect(outcomes()).toContain("hit");
  }
});

test.each([
  ["without capture", async () => {}],
  ["with capture of its own", async (pool) => void (await pool.query(install(["public.posts"])))],
  [
    "restored from a dump of the first, which has the comment, too",
    async (pool) => {
      await pool.query(install(["public.posts"]));
      const { rows } = await postgres.pool().query(comment);
      await pool.query(`comment on schema tidemark is '${rows[0].comment}'`);
    },
  ],
] satisfies [string, (pool: Awaited<ReturnType<typeof other>>) => Promise<void>][])(
  "a database of which the keeper hears nothing is not cached: %s",
  async (_, prepare) => {
    const bare = await other(`other_${Math.abs(_.length)}`);
    await prepare(bare);
    // Capture's script leaves settings behind on its connection.
    const url = postgres.url.replace(/\/[^/]*$/, `/other_${Math.abs(_.length)}`);
    const own = postgres.pool({ connectionString: url });
    const { pool, outcomes } = postgres.cached(own, { name: "other", freshness: "1h" });
    for (let n = 0; n < 3; n++) await pool.query(READ);
    expect(outcomes()).toEqual(Array(3).fill("other-database"));
    await bare.query("update posts set title = 'two'");
    expect((await pool.query(READ)).rows).toEqual([{ title: "two" }]);
  },
);

test("running the script again keeps the installation's number", async () => {
  const bare = await other("again");
  await bare.query(install(["public.posts"]));
  const first = await bare.query(comment);
  await bare.query(install(["public.posts"]));
  expect((await bare.query(comment)).rows).toEqual(first.rows);
  expect(first.rows[0].comment).toMatch(/^Tidemark, installation [0-9a-f-]{36}$/);
});
