import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../testing/postgres.ts";
import { captureSql } from "../capture-sql.ts";
import { MAX_BYTES_PER_ROW } from "../sql/constants.ts";

let postgres: Postgres;
let sql: Sql;
/** What tells that a value beyond the limit up to which values are compared has not changed: its place, from Postgres 17 on. */
let unchanged: { readonly ""?: readonly string[] };

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  const [told] =
    await sql`select to_regproc('pg_catalog.pg_column_toast_chunk_id') is not null as "hasPlaces"`;
  unchanged = told?.hasPlaces ? { "": ["body"] } : {};
  await sql.unsafe(`
    create table articles (id int primary key, slug text, views int, body text, doc jsonb, parts text[]);
    create function noise(n int) returns text language sql as
      $$ select string_agg(md5(random()::text), '') from generate_series(1, n / 32) $$`);
  await sql.unsafe(captureSql({ tables: [{ relation: "public.articles" }], secretHash: [] })).simple();
});
beforeEach(async () => {
  await sql`truncate articles`;
});
afterAll(() => postgres.stop());

interface Told {
  readonly op: string;
  readonly bytes: number;
  readonly record: Record<string, unknown> | null;
  readonly old: Record<string, unknown> | null;
}

async function told(statement: string): Promise<Told[]> {
  await sql`truncate tidemark.outbox`;
  await sql.unsafe(statement);
  return sql<Told[]>`select split_part(op, ' ', 1) as op, i.record, i.old,
    (coalesce(octet_length(i.record::text), 0) + coalesce(octet_length(i.old::text), 0))::int as bytes
    from tidemark.outbox o, rows from (
      json_array_elements(case when op ~ ' ' then record else json_build_array(record) end),
      json_array_elements(case when op ~ ' ' then old_record else json_build_array(old_record) end)) with ordinality i (record, old, n)
    order by id, n`;
}

const insert = (id: number, body: string, more = "null, null") =>
  `insert into articles values (${id}, 'slug-${id}', 0, ${body}, ${more})`;

describe("I11. an UPDATE beside a large value", () => {
  // Compressed and not; smaller and larger than the limit up to which values are compared.
  test.each([
    ["5 KB", "repeat('lorem ipsum ', 430)", true],
    ["40 KB", "noise(40000)", true],
    ["464 KB", "noise(464000)", false],
    ["464 KB that compress well", "repeat('lorem ipsum ', 38667)", false],
  ])("I11. writes no part of it: %s", async (_, body, isCompared) => {
    await sql.unsafe(insert(1, body));
    const [change] = await told("update articles set views = views + 1");
    expect(change).toMatchObject({
      op: "UPDATE",
      old: { id: 1, slug: "slug-1", views: 0, doc: null, parts: null },
      record: { id: 1, slug: "slug-1", views: 1, doc: null, parts: null },
    });
    expect(change?.record?.[""]).toEqual(isCompared ? ["body"] : unchanged[""]);
    for (const image of [change?.record, change?.old]) expect(image).not.toHaveProperty("body");
    expect(change?.bytes).toBeLessThan(200);
  });

  test("I11. whatever holds it", async () => {
    await sql.unsafe(insert(1, "'short'", "to_jsonb(noise(20000)), array[noise(20000)]"));
    const [change] = await told("update articles set views = 7");
    expect(change?.record).toEqual({ id: 1, slug: "slug-1", views: 7, body: "short", "": ["doc", "parts"] });
  });

  test("I11. in every row of a statement, and 200 statements take little space", async () => {
    await sql.unsafe(insert(1, "noise(464000)"));
    await sql.unsafe(insert(2, "noise(464000)"));
    const changes = await told("update articles set views = views + 1");
    expect(changes.map(({ op, record }) => [op, record?.id])).toEqual([
      ["UPDATE", 1],
      ["UPDATE", 2],
    ]);
    const many = await told(
      "do $$ begin for n in 1 .. 200 loop update articles set views = n where id = 1; end loop; end $$",
    );
    expect(many).toHaveLength(200);
    expect(many.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(200 * 200);
  });

  test("I7. is compared by its place only where one table holds all values", async () => {
    await sql.unsafe(`create table parted (id int, views int, body text) partition by list (id);
      create table part_1 partition of parted for values in (1); create table part_2 partition of parted for values in (2);
      select tidemark.watch('parted'); insert into parted values (1, 0, noise(464000))`);
    for (const statement of ["update parted set views = 1", "update parted set id = 2"]) {
      const [change] = await told(statement);
      expect(change).toMatchObject({ op: "UPDATE", record: { views: 1 } });
      expect(Object.keys(change?.record ?? {})).toEqual(["id", "views"]);
    }
    await sql`drop table parted`;
  });

  test("I7. a changed value is reported while it is small enough, and never called unchanged", async () => {
    await sql.unsafe(insert(1, "noise(20000)"));
    const [small] = await told("update articles set body = body || 'x'");
    expect(String(small?.record?.body)).toHaveLength(20_001);
    expect(String(small?.old?.body)).toHaveLength(20_000);
    const [same] = await told("update articles set body = reverse(body)");
    expect(same?.record?.body).not.toBe(same?.old?.body);
    const [large] = await told("update articles set body = noise(464000)");
    expect(large).toMatchObject({ record: { id: 1, slug: "slug-1" }, old: { id: 1 } });
    expect(large?.record).not.toHaveProperty("body");
    expect(Object.keys(large?.record ?? {})).not.toContain("");
    const [other] = await told("update articles set body = reverse(body)");
    expect(other?.record).not.toHaveProperty("body");
    expect(Object.keys(other?.record ?? {})).not.toContain("");
    const [gone] = await told("update articles set body = null");
    expect(gone?.record).toMatchObject({ body: null });
    expect(gone?.old).not.toHaveProperty("body");
  });

  test("I7. a value copied from another table is not the value that was there", async () => {
    await sql.unsafe(insert(1, "noise(464000)"));
    await sql`create table drafts as select id, noise(464000) as body from articles`;
    const [change] = await told("update articles a set body = d.body from drafts d where d.id = a.id");
    expect(Object.keys(change?.record ?? {})).not.toContain("");
    await sql`drop table drafts`;
  });
});

describe("I11. a row that is too large is reported without its values", () => {
  test("I11. by size", async () => {
    const [come] = await told(insert(1, `noise(${MAX_BYTES_PER_ROW + 32})`));
    expect(come).toEqual({
      op: "INSERT",
      bytes: expect.any(Number),
      record: { id: 1, slug: "slug-1", views: 0, doc: null, parts: null },
      old: null,
    });
    const [go] = await told("delete from articles");
    expect(go).toMatchObject({ op: "DELETE", record: null, old: { id: 1, slug: "slug-1" } });
    expect(go?.bytes).toBeLessThan(200);
  });

  test("I11. as printed, including escapes and decompressed text", async () => {
    const [escaped] = await told(insert(1, `repeat(E'\\n', ${MAX_BYTES_PER_ROW - 500})`));
    expect(escaped?.record).toEqual({ id: 1, slug: "slug-1", views: 0, doc: null, parts: null });
    await sql.unsafe(insert(2, "null", "to_jsonb(repeat('x', 900000)), null"));
    const [compressed] = await told("delete from articles where id = 2");
    expect(compressed?.old).toEqual({ id: 2, slug: "slug-2", views: 0, body: null, parts: null });
  });

  test("I11. a large value is not fetched when another column changes", async () => {
    await sql`alter table articles alter body set storage external`;
    await sql.unsafe(insert(1, "repeat('x', 20000000)"));
    const fetched = async () => {
      await sql`select pg_stat_force_next_flush()`;
      const [{ blocks }] = await sql<[{ blocks: number }]>`
        select (toast_blks_hit + toast_blks_read)::int as blocks from pg_statio_user_tables where relname = 'articles'`;
      return blocks;
    };
    const before = await fetched();
    const [change] = await told("update articles set views = 1");
    expect(change).toMatchObject({ op: "UPDATE", record: { id: 1, views: 1, ...unchanged } });
    expect(change?.record).not.toHaveProperty("body");
    // It has 2,500 of them.
    expect((await fetched()) - before).toBeLessThan(50);
  });
});
