import { afterAll, beforeAll, expect, test } from "vitest";
import { type CapturedPostgres, capturedPostgres } from "./testing/captured-postgres.ts";

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
