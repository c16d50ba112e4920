import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { startPostgres } from "../../../../testing/postgres.ts";
import { POSTGRES_FUNCTIONS, POSTGRES_SETS } from "./postgres-functions.ts";
import { SQLITE_FUNCTIONS, SQLITE_SETS } from "./sqlite-functions.ts";

const STABLE =
  "array_to_json array_to_string concat concat_ws date_add date_part date_subtract date_trunc extract format " +
  "generate_series json_agg json_agg_strict json_build_array json_build_object json_object_agg jsonb_agg jsonb_agg_strict " +
  "jsonb_build_array jsonb_build_object length make_timestamptz phraseto_tsquery plainto_tsquery quote_literal " +
  "quote_nullable row_to_json to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector ts_headline " +
  "websearch_to_tsquery";

/** https://sqlite.org/c3ref/c_deterministic.html */
const DETERMINISTIC = 0x800;

test("Every function of SQLite that is taken for pure is one, by SQLite's own word", () => {
  const database = new DatabaseSync(":memory:");
  const all = database.prepare("SELECT name, flags, type FROM pragma_function_list").all() as {
    readonly name: string;
    readonly flags: number;
    readonly type: string;
  }[];
  expect(all.length).toBeGreaterThan(100);
  // Of aggregates and windows SQLite does not say it; they are all its own.
  const impure = all.filter(({ flags, type }) => type === "s" && (flags & DETERMINISTIC) === 0);
  const taken = new Set(impure.map(({ name }) => name).filter((name) => SQLITE_FUNCTIONS.has(name)));
  expect([...taken]).toEqual([]);
  expect(impure.map(({ name }) => name)).toContain("random");
  expect([...SQLITE_SETS].every((name) => /^jsonb?_(?:each|tree)$/.test(name))).toBe(true);
});

test("No function of Postgres that is taken for pure is volatile, and those that depend on settings are told", async () => {
  const postgres = await startPostgres();
  try {
    const sql = postgres.sql({ max: 1 });
    const rows = await sql<{ name: string; volatility: string; set: boolean }[]>`
      select distinct proname as name, provolatile as volatility, proretset as set
      from pg_proc where pronamespace = 'pg_catalog'::regnamespace`;
    const taken = rows.filter(({ name }) => POSTGRES_FUNCTIONS.has(name) || POSTGRES_SETS.has(name));
    expect(taken.length).toBeGreaterThan(200);
    expect(taken.filter(({ volatility }) => volatility === "v")).toEqual([]);
    // They depend on the time zone, on formats and on the default text search, which a pool's connections share.
    const stable = new Set(taken.filter(({ volatility }) => volatility === "s").map(({ name }) => name));
    expect([...stable].sort()).toEqual(STABLE.split(" "));
  } finally {
    await postgres.stop();
  }
});
