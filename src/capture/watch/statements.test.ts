import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MAX_BYTES_PER_STATEMENT, MAX_ROWS_PER_STATEMENT } from "../sql/constants.ts";
import { CapturedDatabase } from "../testing/database.ts";

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `create table items (id int primary key, name text);
     create table lines (id int primary key, item int references items on update cascade on delete cascade);
     create table notes (text text);
     create table swaps (id int primary key deferrable, name text);`,
    ["items", "lines", "notes", "swaps"],
  );
});
beforeEach(async () => {
  await database.exec("delete from items; delete from notes; delete from swaps;");
  await database.exec(
    "insert into items values (1, 'a'), (2, 'b'); insert into swaps values (1, 'a'), (2, 'b');",
  );
  await database.told();
});
afterAll(() => database.close());

async function toldBy(sql: string, blob?: Blob): Promise<string[]> {
  await database.exec(sql, blob);
  return database.told();
}

describe("I5. Nothing captured is lost", () => {
  test("I5. a statement reports each of its rows, old and new", async () => {
    expect(await toldBy("insert into items values (3, 'c'), (4, 'd')")).toEqual([
      'INSERT items {"id":3,"name":"c"}',
      'INSERT items {"id":4,"name":"d"}',
    ]);
    expect(await toldBy("update items set name = name || '!' where id < 3")).toEqual([
      'UPDATE items {"id":1,"name":"a"} -> {"id":1,"name":"a!"}',
      'UPDATE items {"id":2,"name":"b"} -> {"id":2,"name":"b!"}',
    ]);
    expect(await toldBy("delete from items where id = 3")).toEqual(['DELETE items {"id":3,"name":"c"}']);
    expect(await toldBy("update items set name = 'x' where id = 77")).toEqual([]);
  });

  test("I5. upserts report what they inserted and what they updated", async () => {
    const sql = `insert into items values (2, 'B'), (3, 'c') on conflict (id) do update set name = excluded.name`;
    expect((await toldBy(sql)).sort()).toEqual([
      'INSERT items {"id":3,"name":"c"}',
      'UPDATE items {"id":2,"name":"b"} -> {"id":2,"name":"B"}',
    ]);
    expect(await toldBy("insert into items values (1, 'z') on conflict do nothing")).toEqual([]);
  });

  test("I5. MERGE reports all three kinds", async () => {
    const told =
      await toldBy(`merge into items i using (values (1, 'x'), (2, 'b'), (3, 'c')) s (id, name) on i.id = s.id
      when matched and s.id = 1 then update set name = s.name
      when matched then delete
      when not matched then insert values (s.id, s.name)`);
    expect(told.sort()).toEqual([
      'DELETE items {"id":2,"name":"b"}',
      'INSERT items {"id":3,"name":"c"}',
      'UPDATE items {"id":1,"name":"a"} -> {"id":1,"name":"x"}',
    ]);
  });

  test("I5. COPY reports its rows", async () => {
    expect(await toldBy("copy items from '/dev/blob'", new Blob(["8\tx\n9\ty\n"]))).toEqual([
      'INSERT items {"id":8,"name":"x"}',
      'INSERT items {"id":9,"name":"y"}',
    ]);
  });

  test("I5. several statements on one table in one WITH report each row once", async () => {
    const told = await toldBy(`with gone as (delete from items where id = 1 returning *),
      come as (insert into items values (5, 'e'))
      update items set name = 'x' where id = 2`);
    expect(told.sort()).toEqual([
      'DELETE items {"id":1,"name":"a"}',
      'INSERT items {"id":5,"name":"e"}',
      'UPDATE items {"id":2,"name":"b"} -> {"id":2,"name":"x"}',
    ]);
  });

  test("I5. cascading foreign keys report the rows of the other table, once each", async () => {
    await toldBy("insert into lines values (10, 1), (11, 1), (12, 2)");
    expect((await toldBy("update items set id = id + 100 where id = 2")).sort()).toEqual([
      'UPDATE items {"id":2,"name":"b"} -> {"id":102,"name":"b"}',
      'UPDATE lines {"id":12,"item":2} -> {"id":12,"item":102}',
    ]);
    expect((await toldBy("delete from items")).sort()).toEqual([
      'DELETE items {"id":1,"name":"a"}',
      'DELETE items {"id":102,"name":"b"}',
      'DELETE lines {"id":10,"item":1}',
      'DELETE lines {"id":11,"item":1}',
      'DELETE lines {"id":12,"item":102}',
    ]);
  });

  test("I5. TRUNCATE is reported for each table it empties", async () => {
    expect((await toldBy("truncate items cascade")).sort()).toEqual(["TRUNCATE items", "TRUNCATE lines"]);
  });

  test("I5. what a savepoint rolls back is not reported, what it keeps is", async () => {
    const told =
      await toldBy(`begin; insert into items values (3, 'c'); savepoint s; insert into items values (4, 'd');
      rollback to s; insert into items values (5, 'e'); release s; commit;
      begin; insert into items values (6, 'f'); rollback;`);
    expect(told).toEqual(['INSERT items {"id":3,"name":"c"}', 'INSERT items {"id":5,"name":"e"}']);
  });

  test("I5. rows that a replication role writes are reported, too", async () => {
    const told = await toldBy(`set session_replication_role = replica; insert into items values (3, 'c');
      reset session_replication_role;`);
    expect(told).toEqual(['INSERT items {"id":3,"name":"c"}']);
  });
});

describe("pairs of old and new rows", () => {
  test("an update that changes the key stays one row's update", async () => {
    expect(await toldBy("update items set id = id + 10")).toEqual([
      'UPDATE items {"id":1,"name":"a"} -> {"id":11,"name":"a"}',
      'UPDATE items {"id":2,"name":"b"} -> {"id":12,"name":"b"}',
    ]);
    expect(await toldBy("update swaps set id = 3 - id")).toEqual([
      'UPDATE swaps {"id":1,"name":"a"} -> {"id":2,"name":"a"}',
      'UPDATE swaps {"id":2,"name":"b"} -> {"id":1,"name":"b"}',
    ]);
  });

  test("so does an update of a row without a key", async () => {
    await toldBy("insert into notes values ('a'), ('a'), ('b')");
    expect(await toldBy("update notes set text = text || '!'")).toEqual([
      'UPDATE notes {"text":"a"} -> {"text":"a!"}',
      'UPDATE notes {"text":"a"} -> {"text":"a!"}',
      'UPDATE notes {"text":"b"} -> {"text":"b!"}',
    ]);
  });
});

describe("I11. Bounded: large statements are one flush of their relation", () => {
  test.each([
    [MAX_ROWS_PER_STATEMENT, MAX_ROWS_PER_STATEMENT],
    [MAX_ROWS_PER_STATEMENT + 1, 1],
  ])("I11. %i rows are reported as %i changes", async (rows, changes) => {
    await toldBy("truncate notes");
    const statements = [
      `insert into notes select n from generate_series(1, ${rows}) n`,
      "update notes set text = text || '!'",
      "delete from notes",
    ];
    for (const statement of statements) {
      const told = await toldBy(statement);
      expect(told).toHaveLength(changes);
      if (changes === 1) expect(told).toEqual(["FLUSH notes"]);
    }
  });

  test("I11. so are rows whose total is large", async () => {
    const size = 40_000;
    const count = Math.ceil(MAX_BYTES_PER_STATEMENT / size) + 1;
    // Random text, because Postgres compresses repetition.
    await database.exec(`create function noise(n int) returns text language sql as
      $$ select string_agg(md5(random()::text), '') from generate_series(1, n / 32) $$`);
    await database.told();
    expect(await toldBy(`insert into notes select noise(${size}) from generate_series(1, ${count})`)).toEqual(
      ["FLUSH notes"],
    );
    expect(await toldBy("update notes set text = text || 'x'")).toEqual(["FLUSH notes"]);
    expect(await toldBy("delete from notes")).toEqual(["FLUSH notes"]);
  });
});
