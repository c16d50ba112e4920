import { afterAll, beforeAll, expect, test } from "vitest";
import { cachedPg } from "../../src/drivers/pg/cached-pg.ts";
import { type CapturedPostgres, capturedPostgres } from "../../src/drivers/pg/testing/captured-postgres.ts";

const GUARDED = "select owner from guarded order by id";

let postgres: CapturedPostgres;
beforeAll(async () => {
  postgres = await capturedPostgres();
  await postgres.pool().query("insert into guarded values (1, 'postgres'), (2, 'reader')");
});
afterAll(() => postgres?.close());

/** A pool whose connection string is this one's, changed. */
const cached = (change: (url: URL) => void, options = {}) => {
  const url = new URL(postgres.url);
  change(url);
  return postgres.cached(postgres.pool({ connectionString: url.href }), options);
};

test("a user in the query of the connection string has answers of its own", async () => {
  const as = (user: string) =>
    cached((url) => {
      url.searchParams.set("user", user);
      url.searchParams.set("password", user);
    });
  const owner = as("postgres");
  for (let n = 0; n < 2; n++) expect((await owner.pool.query(GUARDED)).rows).toHaveLength(2);
  expect(owner.outcomes()).toEqual(["miss", "hit"]);
  const reader = as("reader");
  for (let n = 0; n < 2; n++) expect((await reader.pool.query(GUARDED)).rows).toEqual([{ owner: "reader" }]);
  expect(reader.outcomes()).not.toContain("hit");
});

test.each([{}, { name: "named" }])(
  "a wrong password gets the database's error, and no answer of the cache: %j",
  async (options) => {
    const right = cached(() => {}, options);
    for (let n = 0; n < 2; n++) await right.pool.query(GUARDED);
    expect(right.outcomes().at(-1)).toBe("hit");
    const wrong = cached((url) => {
      url.password = "wrong";
    }, options);
    for (let n = 0; n < 2; n++)
      await expect(wrong.pool.query(GUARDED)).rejects.toMatchObject({ code: "28P01" });
    expect(wrong.outcomes()).not.toContain("hit");
    // And spoils nothing for the others.
    await right.pool.query(GUARDED);
    expect(right.outcomes()).toEqual(["hit"]);
  },
);

test("ten thousand names later a name starts cold, and a read that was running then is not disturbed", async () => {
  const { pool, outcomes, cache } = cached(() => {}, { name: "first" });
  await pool.query(GUARDED);
  expect(pool.statistics()).toHaveLength(1);
  const own = postgres.pool();
  const running = pool.query("select count(*)::int as n from guarded a, guarded b");
  for (let n = 0; n < 10_000; n++) cachedPg(own, cache, { name: `tenant ${n}` });
  expect((await running).rows).toEqual([{ n: 4 }]);
  await pool.query(GUARDED);
  expect(outcomes()).toEqual(["miss", "miss", "hit"]);
  // Made again, as for the next request, it knows nothing of its statements, and finds what is stored.
  const again = cachedPg(own, cache, { name: "first" });
  expect(again.statistics()).toEqual([]);
  expect((await again.query(GUARDED)).rows).toHaveLength(2);
  expect(again.statistics()).toMatchObject([{ hits: 1, misses: 0 }]);
});
