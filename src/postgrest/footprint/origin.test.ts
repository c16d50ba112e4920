import { App } from "@supabase/lite";
import { createPgliteConnection } from "@supabase/lite/pglite";
import { expect, test, vi } from "vitest";
import { makeFixture } from "../../../testing/soundness/fixtures/kinds.ts";
import { makeRead } from "../../../testing/soundness/generate.ts";
import { sqlOf } from "../../../testing/soundness/origin.ts";
import { Random } from "../../../testing/soundness/random.ts";
import { makeStatement } from "../../../testing/soundness/statement.ts";
import { canonicalSearch } from "../query/canonical.ts";
import { parseQuery } from "../query/parse.ts";
import type { Level } from "../query/query.ts";
import { describedBy } from "../testing/described.ts";

// The soundness runs read through SQL of their own, because only Postgres prints JSON without loss. Here that SQL, the
// wire form of a query and its canonical form are held against another implementation of PostgREST's API.

vi.stubEnv("LITE_TELEMETRY", "0");
vi.stubEnv("DO_NOT_TRACK", "1");

const SEED = 20_261_121;
/** Columns whose values @supabase/lite passes on as they are; it reads others into JavaScript first. */
const PLAIN = new Set([
  "id",
  "user_id",
  "post_id",
  "tag_id",
  "score",
  "rank",
  "weight",
  "i2",
  "i4",
  "txt",
  "vc",
  "b",
  "u",
  "e",
]);

test(`random reads mean the same to the tests' SQL and to @supabase/lite, raw and canonical (seed ${SEED})`, async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const random = new Random(SEED);
  const fixture = makeFixture(random, "plain");
  const connection = await createPgliteConnection({ url: "memory://" });
  const database = connection.driver;
  await database.exec("set timezone to 'UTC'");
  // Its Postgres is 17, which knows no virtual columns.
  await database.exec(fixture.sql.replaceAll(") virtual", ") stored"));
  for (let row = 0; row < 80; row += 1)
    await database.exec(makeStatement(random, fixture, "hooked")).catch(() => undefined);
  expect((await describedBy(database)).get("public.posts")?.keys).toEqual([["id"]]);
  const app = new App({ connection });
  const ask = async (relation: string, search: string, headers: Record<string, string>) => {
    const response = await app.fetch(
      new Request(`http://lite.test/rest/v1/${relation}?${search}`, { headers }),
    );
    return response.ok ? ((await response.json()) as unknown[]) : undefined;
  };
  let compared = 0;
  for (let number = 0; number < 150; number += 1) {
    const { read } = makeRead(random, fixture);
    const query = parseQuery(read.relation, read.search);
    if (!query.root.select.every((item) => item.kind !== "embed" || !item.spread)) continue;
    const headers: Record<string, string> = {};
    if (read.range) headers.Range = `${read.range.from}-${read.range.to ?? ""}`;
    const expected = await database
      .query<{ body: string }>(sqlOf(fixture, { read, format: "json" }, query))
      .then(({ rows }) => JSON.parse(rows[0]?.body ?? "[]") as unknown[])
      .catch(() => undefined);
    const raw = await ask(read.relation, read.search, headers);
    const canonical = await ask(read.relation, canonicalSearch(query), headers);
    if (expected === undefined || raw === undefined) continue;
    compared += 1;
    expect(shape(canonical, query.root), canonicalSearch(query)).toEqual(shape(raw, query.root));
    expect(shape(raw, query.root), read.search).toEqual(shape(expected, query.root));
  }
  expect(compared).toBeGreaterThan(60);
  await connection.close();
});

/** The rows reduced to what both sides print alike, as a multiset unless the order matters. */
function shape(rows: unknown, level: Level): unknown {
  if (!Array.isArray(rows)) return rows;
  const shapes = rows.map((row: Record<string, unknown>) => {
    const entries = Object.entries(row).map(([name, value]) => {
      const embed = level.select.find(
        (item) => item.kind === "embed" && (item.alias ?? item.relation) === name,
      );
      if (embed?.kind === "embed") {
        return [
          name,
          Array.isArray(value)
            ? shape(value, embed.level)
            : value === null
              ? null
              : shape([value], embed.level),
        ];
      }
      return [name, PLAIN.has(name) ? String(value) : "…"];
    });
    return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))));
  });
  const isPaged = level.limit !== undefined || level.offset > 0;
  return isPaged ? shapes.length : shapes.sort();
}
