import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CapturedPostgres, capturedPostgres } from "./testing/captured-postgres.ts";

let postgres: CapturedPostgres;
let bare: pg.Pool;

beforeAll(async () => {
  postgres = await capturedPostgres();
  bare = postgres.pool();
  await bare.query("insert into guarded values (1, 'reader'), (2, 'other')");
});
afterAll(() => postgres?.close());

function asReader() {
  const url = new URL(postgres.url);
  url.username = url.password = "reader";
  return postgres.cached(postgres.pool({ connectionString: url.href }));
}

test.each([
  ["BYPASSRLS", "alter role reader bypassrls", "alter role reader nobypassrls"],
  [
    "a membership of the owner's",
    "create role owners; alter table guarded owner to owners; grant owners to reader",
    "revoke owners from reader",
  ],
  [
    "being the owner",
    "alter table guarded owner to reader",
    "alter table guarded owner to owners; grant select on guarded to reader",
  ],
])(
  "I1. From whom policies hide nothing by %s, they hide from as soon as that is taken",
  async (_, give, take) => {
    const { pool, outcomes } = asReader();
    const text = "select owner from guarded order by id";
    const all = [{ owner: "reader" }, { owner: "other" }];
    await bare.query(give);
    expect((await pool.query(text)).rows).toEqual(all);
    expect((await pool.query(text)).rows).toEqual(all);
    expect(outcomes()).toEqual(["miss", "hit"]);
    await bare.query(take);
    expect((await pool.query(text)).rows).toEqual([{ owner: "reader" }]);
    expect((await pool.query(text)).rows).toEqual([{ owner: "reader" }]);
    // The first was planned by what was known before, and is not kept for that.
    expect(outcomes().at(-1)).toBe("row-security");
  },
);
