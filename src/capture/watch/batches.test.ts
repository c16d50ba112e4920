import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  MAX_BYTES_PER_PAGE,
  MAX_BYTES_PER_PULL,
  MAX_ROWS_PER_BATCH,
  MAX_ROWS_PER_STATEMENT,
} from "../sql/constants.ts";
import { CapturedDatabase } from "../testing/database.ts";

/** Names that the triggers' functions use themselves. */
const NAMES = ["n", "r", "x", "per", "p", "total", "largest", "ops", "paired", "affected", "place", "images"];

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `create table items (id int primary key, name text, price numeric);
     create table others (id int primary key, name text);
     create table named (${NAMES.map((name) => `"${name}" int`)});
     create table odd (id int primary key, raw json);
     create table noted (id int primary key, note text);
     create table bare ();`,
    ["items", "others", "named", "odd", "noted", "bare"],
  );
});
beforeEach(async () => {
  await database.exec("truncate items, others, named, odd, noted; delete from tidemark.outbox;");
  await database.told();
});
afterAll(() => database.close());

const ITEMS = (count: number) =>
  `insert into items select n, 'Item ' || n, n / 8.0 from generate_series(1, ${count}) n`;

const outbox = () =>
  database.rows<{ op: string; bytes: number }>(`select op,
    coalesce(octet_length(record::text), 0) + coalesce(octet_length(old_record::text), 0) as bytes
    from tidemark.outbox order by id`);

describe("L4. A statement of many rows is written as batches", () => {
  test("L4. of all rows in order, each with what it was before", async () => {
    const count = 1_000;
    await database.exec(ITEMS(count));
    await database.exec("update items set price = price + 1");
    await database.exec("delete from items");
    const changes = await database.toldChanges();
    expect(changes.map(({ type }) => type)).toEqual(
      ["INSERT", "UPDATE", "DELETE"].flatMap((type) => new Array<string>(count).fill(type)),
    );
    for (const [at, { record, old_record }] of changes.entries()) {
      const id = (at % count) + 1;
      const before = { id, name: `Item ${id}`, price: id / 8 };
      const after = { ...before, price: id / 8 + 1 };
      if (at < count) expect([old_record, record]).toEqual([null, before]);
      else if (at < 2 * count) expect([old_record, record]).toEqual([before, after]);
      else expect([old_record, record]).toEqual([after, null]);
    }
  });

  test("L4. in few rows of the outbox, whose number says how many rows each has", async () => {
    await database.exec(ITEMS(MAX_ROWS_PER_STATEMENT));
    const batches = await outbox();
    const counts = batches.map(({ op }) => Number(/^INSERT (\d+)$/.exec(op)?.[1]));
    expect(counts.reduce((sum, each) => sum + each)).toBe(MAX_ROWS_PER_STATEMENT);
    expect(Math.max(...counts)).toBe(MAX_ROWS_PER_BATCH);
    expect(batches).toHaveLength(MAX_ROWS_PER_STATEMENT / MAX_ROWS_PER_BATCH);
  });

  test("L4. in which a column that an UPDATE left as it was is told once", async () => {
    await database.exec(ITEMS(3));
    await database.exec("delete from tidemark.outbox");
    await database.exec("update items set price = price + 1");
    expect(await database.rows("select op, record, old_record from tidemark.outbox")).toEqual([
      {
        op: "UPDATE 3",
        record: { id: [1, 2, 3], name: ["Item 1", "Item 2", "Item 3"], price: [1.125, 1.25, 1.375] },
        old_record: { id: null, name: null, price: [0.125, 0.25, 0.375] },
      },
    ]);
    expect(await database.toldChanges()).toHaveLength(3);
  });

  test("L4. compressed by lz4 where the server has it", async () => {
    const lz4 =
      "exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals))";
    const columns = await database.rows<{ name: string; is_lz4: boolean; has_lz4: boolean }>(
      `select attname as name, attcompression = 'l' as is_lz4, ${lz4} as has_lz4 from pg_attribute
        where attrelid = 'tidemark.outbox'::regclass and atttypid = 'json'::regtype order by attname`,
    );
    expect(columns.map(({ name, is_lz4, has_lz4 }) => [name, is_lz4 === has_lz4])).toEqual([
      ["old_record", true],
      ["record", true],
    ]);
  });

  test("L4. that are not much larger than they may be, whatever sizes the rows have", async () => {
    await database.exec(`insert into noted select n, repeat('x', case when n % 100 = 0 then 20000 when n % 10 = 0 then 900 else 10 end)
      from generate_series(1, 1000) n`);
    await database.exec("update noted set note = note || 'y'");
    await database.exec("update noted set note = 'z' where note like 'x'");
    for (const { bytes } of await outbox()) expect(bytes).toBeLessThan(MAX_BYTES_PER_PAGE);
    expect(await database.told()).toHaveLength(2_000);
  });

  test("L4. except a single row, which any keeper can read", async () => {
    await database.exec(ITEMS(1));
    await database.exec("update items set name = 'x'");
    expect((await outbox()).map(({ op }) => op)).toEqual(["INSERT", "UPDATE"]);
  });

  test("L4. whatever the columns are called, and if there are none", async () => {
    const values = NAMES.map((_, at) => `n + ${at}`);
    await database.exec(`insert into named select ${values} from generate_series(1, 300) n`);
    await database.exec("update named set per = 0; delete from named");
    await database.exec("insert into bare select from generate_series(1, 300)");
    const changes = await database.toldChanges();
    expect(changes).toHaveLength(1_200);
    expect(changes[0]?.record).toEqual(Object.fromEntries(NAMES.map((name, at) => [name, 1 + at])));
    expect(changes[300]?.old_record).toEqual(changes[0]?.record);
    expect(changes[1_199]).toMatchObject({ type: "INSERT", table: "bare", record: {} });
  });

  test("L4. and if the outbox takes single rows only, that is an obstacle, and no write fails", async () => {
    const kinds = "'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'FLUSH'";
    await database.exec(`alter table tidemark.outbox add constraint single check (op in (${kinds}))`);
    await database.exec(ITEMS(3));
    expect(await database.value("select tidemark.outbox_obstacle()")).toContain("takes no rows");
    await database.exec("alter table tidemark.outbox drop constraint single; delete from items");
    expect(await database.value("select tidemark.outbox_obstacle()")).toBeNull();
    await database.told();
    await database.exec(ITEMS(3));
    expect(await database.told()).toHaveLength(3);
  });

  test("I9. a row that cannot be read flushes its table, and the others are told", async () => {
    await database.exec(ITEMS(3));
    await database.exec(String.raw`insert into odd select n, case n when 7 then '{"a": "\ud800"}' else '{}' end::json
      from generate_series(1, 20) n`);
    expect((await database.toldChanges()).map(({ type, table }) => `${type} ${table}`)).toEqual([
      ...new Array<string>(3).fill("INSERT items"),
      "FLUSH odd",
    ]);
  });
});

describe("L4. A pull is bounded", () => {
  const LARGE = (table: string) =>
    `insert into ${table} select n, repeat('x', 900) from generate_series(1, 5000) n`;

  test("L4. the tables with the most changes are flushed when a pull would be too long, and no other", async () => {
    await database.exec("insert into others values (1, 'before')");
    const statements = Math.ceil(MAX_BYTES_PER_PULL / 4_500_000) + 1;
    for (let n = 0; n < statements; n += 1) await database.exec(`${LARGE("noted")}; delete from noted;`);
    await database.exec(`${ITEMS(2_500)}; insert into others values (2, 'after')`);
    const told = (await database.toldChanges()).map(({ type, table }) => `${type} ${table}`);
    expect(told).toEqual([
      "INSERT others",
      "FLUSH noted",
      ...new Array<string>(2_500).fill("INSERT items"),
      "INSERT others",
    ]);
  });

  test("L4. a pull tells at least what two of the largest statements change", async () => {
    await database.exec(`${ITEMS(MAX_ROWS_PER_STATEMENT)}; update items set price = 0`);
    expect(await database.told()).toHaveLength(2 * MAX_ROWS_PER_STATEMENT);
    await database.exec(
      "update items set price = 1; update items set price = 2; update items set price = 3 where id = 7",
    );
    expect(await database.told()).toEqual(["FLUSH items"]);
  });

  test("L4. pages end between batches, and tell each change once", async () => {
    const cursor = (await database.page(null)).snapshot;
    await database.exec(
      `${ITEMS(2_000)}; ${ITEMS(2).replaceAll("items", "others").replace(", n / 8.0", "")}`,
    );
    const first = await database.page(cursor, null, null, MAX_ROWS_PER_BATCH + 100);
    const ids = first.changes.map(({ record }) => record?.id);
    let page = first;
    for (; page.more; ids.push(...page.changes.map(({ record }) => record?.id)))
      page = await database.page(cursor, first.snapshot, page.last, MAX_ROWS_PER_BATCH + 100);
    expect(first.changes).toHaveLength(MAX_ROWS_PER_BATCH);
    expect(ids).toEqual([...Array.from({ length: 2_000 }, (_, n) => n + 1), 1, 2]);
  });
});
