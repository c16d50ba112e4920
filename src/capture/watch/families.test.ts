import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CapturedDatabase, SECRET } from "../testing/database.ts";

let database: CapturedDatabase;

beforeAll(async () => {
  database = await CapturedDatabase.create(
    `create table events (id int, year int, name text, primary key (id, year)) partition by list (year);
     create table events_2023 partition of events for values in (2023);
     create table events_2024 (name text, filler int, year int not null, id int not null);
     alter table events_2024 drop column filler;
     alter table events attach partition events_2024 for values in (2024);
     create table events_later partition of events for values in (2025, 2026) partition by list (year);
     create table events_2025 partition of events_later for values in (2025);
     create table base (id int primary key, name text);
     create table heir (extra int) inherits (base);
     create function swallow() returns trigger language plpgsql as 'begin return null; end';`,
    ["events", "base"],
  );
});
beforeEach(async () => {
  await database.exec("truncate events, base; insert into events values (1, 2023, 'a')");
  await database.told();
});
afterAll(() => database.close());

async function toldBy(sql: string): Promise<string[]> {
  await database.exec(sql);
  return (await database.told()).sort();
}

describe("I5. Nothing captured is lost, partitions included", () => {
  test("I5. a statement on the parent is reported once, under its name", async () => {
    expect(await toldBy("insert into events values (2, 2024, 'b'), (3, 2025, 'c')")).toEqual([
      'INSERT events {"id":2,"year":2024,"name":"b"}',
      'INSERT events {"id":3,"year":2025,"name":"c"}',
    ]);
    expect(await toldBy("update events set name = 'x' where year = 2024")).toEqual([
      'UPDATE events {"id":2,"year":2024,"name":"b"} -> {"id":2,"year":2024,"name":"x"}',
    ]);
    expect(await toldBy("delete from events where id = 3")).toEqual([
      'DELETE events {"id":3,"year":2025,"name":"c"}',
    ]);
  });

  test("I5. a statement on a partition, at any depth, is reported once, under the parent's name", async () => {
    expect(await toldBy("insert into events_2024 (id, year, name) values (2, 2024, 'b')")).toEqual([
      'INSERT events {"id":2,"year":2024,"name":"b"}',
    ]);
    expect(await toldBy("insert into events_2025 values (3, 2025, 'c')")).toEqual([
      'INSERT events {"id":3,"year":2025,"name":"c"}',
    ]);
    expect(await toldBy("update events_later set name = 'd'")).toEqual([
      'UPDATE events {"id":3,"year":2025,"name":"c"} -> {"id":3,"year":2025,"name":"d"}',
    ]);
  });

  test("I5. a row that moves to another partition stays one row", async () => {
    await toldBy("insert into events values (2, 2023, 'b')");
    expect(await toldBy("update events set year = 2024 where id = 2")).toEqual([
      'UPDATE events {"id":2,"year":2023,"name":"b"} -> {"id":2,"year":2024,"name":"b"}',
    ]);
  });

  test("I5. of a row that is lost while it moves, what is left is reported", async () => {
    await database.exec(`create trigger swallow before insert on events_2024 for each row when (new.id = 1)
      execute function swallow()`);
    await toldBy("insert into events values (2, 2023, 'b')");
    const told = await toldBy("update events set year = 2024");
    expect(told).toHaveLength(2);
    expect(told.filter((change) => change.startsWith("DELETE"))).toHaveLength(1);
    expect(told.join()).toContain('-> {"id":2,"year":2024,"name":"b"}');
    await toldBy("insert into events values (1, 2023, 'a')");
    expect(await toldBy("update events set year = 2024 where year = 2023")).toEqual([
      'DELETE events {"id":1,"year":2023,"name":"a"}',
    ]);
    await database.exec("drop trigger swallow on events_2024");
  });

  test("I5. TRUNCATE of a partition or of the parent is reported under the parent's name", async () => {
    expect(await toldBy("truncate events_2024")).toEqual(["TRUNCATE events"]);
    expect(new Set(await toldBy("truncate events"))).toEqual(new Set(["TRUNCATE events"]));
  });

  test("I5. a partition is watched once attached, and no longer once detached", async () => {
    await database.exec("create table events_2022 partition of events for values in (2022)");
    await database.exec(
      "create table events_2021 (like events); insert into events_2021 values (9, 2021, 'i')",
    );
    await database.exec("alter table events attach partition events_2021 for values in (2021)");
    await database.told();
    expect(
      await toldBy("update events_2021 set name = 'j'; insert into events_2022 values (8, 2022, 'h')"),
    ).toEqual([
      'INSERT events {"id":8,"year":2022,"name":"h"}',
      'UPDATE events {"id":9,"year":2021,"name":"i"} -> {"id":9,"year":2021,"name":"j"}',
    ]);
    expect(await toldBy("alter table events detach partition events_2021")).toEqual(["FLUSH *"]);
    expect(await toldBy("delete from events_2021")).toEqual([]);
  });

  test("I5. a renamed parent is reported under its new name", async () => {
    await database.exec("alter table events rename to happenings");
    await database.told();
    expect(await toldBy("update events_2023 set name = 'b'; update happenings set name = 'c'")).toEqual([
      'UPDATE happenings {"id":1,"year":2023,"name":"a"} -> {"id":1,"year":2023,"name":"b"}',
      'UPDATE happenings {"id":1,"year":2023,"name":"b"} -> {"id":1,"year":2023,"name":"c"}',
    ]);
    await database.exec("alter table happenings rename to events");
  });

  test("I5. child tables are reported under their parent's name, once", async () => {
    await toldBy("insert into base values (1, 'a')");
    expect(await toldBy("insert into heir values (2, 'b', 3)")).toEqual(['INSERT base {"id":2,"name":"b"}']);
    expect(await toldBy("update base set name = 'x'")).toEqual([
      'UPDATE base {"id":1,"name":"a"} -> {"id":1,"name":"x"}',
      'UPDATE base {"id":2,"name":"b"} -> {"id":2,"name":"x"}',
    ]);
    expect(await toldBy("update heir set extra = 4")).toEqual([
      'UPDATE base {"id":2,"name":"x"} -> {"id":2,"name":"x"}',
    ]);
  });

  test("I5. a child table that is watched itself is reported under both names", async () => {
    await database.exec("select tidemark.watch('public.heir')");
    await database.told();
    expect(await toldBy("insert into heir values (2, 'b', 3)")).toEqual([
      'INSERT base {"id":2,"name":"b"}',
      'INSERT heir {"id":2,"name":"b","extra":3}',
    ]);
    await database.exec("select tidemark.unwatch('public.heir')");
    await database.told();
    expect(await toldBy("delete from heir")).toEqual(['DELETE base {"id":2,"name":"b"}']);
  });
});

describe("I7. a row that moves to another partition", () => {
  const moved =
    'UPDATE moves {"k":1,"region":"North","id":1,"note":"a"} -> {"k":2,"region":"South","id":1,"note":"a"}';
  const narrow = 'UPDATE moves {"k":1,"region":"North","id":1} -> {"k":2,"region":"South","id":1}';
  beforeAll(async () => {
    await database.exec(`
      create table moves (k int, region text, id int, note text) partition by list (k);
      create table moves_1 partition of moves for values in (1) partition by list (lower(region));
      create table moves_1_north partition of moves_1 for values in ('north');
      create table moves_2 partition of moves default;`);
  });

  test("I7. is reported with its partition key, whichever table is named and whichever columns are captured", async () => {
    const move =
      "truncate moves; insert into moves values (1, 'North', 1, 'a'); update moves set k = 2, region = 'South'";
    for (const [columns, told] of [
      ["null", moved],
      ["array['id']", narrow],
    ] as const) {
      await database.exec(`select tidemark.watch('public.moves', ${columns})`);
      await database.told();
      expect((await toldBy(move)).at(-1)).toBe(told);
      expect(
        (await toldBy(`set session_replication_role = replica; ${move}; reset session_replication_role`)).at(
          -1,
        ),
      ).toBe(told);
      // Below a watched table: a statement on a part moves rows within that part only.
      await database.exec("truncate moves; insert into moves_1 values (1, 'North', 1, 'a')");
      await expect(database.exec("update moves_1 set k = 2")).rejects.toThrow("partition");
    }
    await database.exec("select tidemark.unwatch('public.moves')");
  });

  test("I7. a part is watched only with its root: statements on the root do not fire its triggers", async () => {
    await expect(database.exec("select tidemark.watch('public.moves_2')")).rejects.toThrow(
      "moves_2 is a part of public.moves, statements on which fire no trigger here: watch that",
    );
    await database.exec(
      "create table alone (k int, region text, id int, note text); select tidemark.watch('public.alone')",
    );
    const covered = async () => {
      const text = await database.value<string>("select (tidemark_schema($1) -> 'watched')::text", [SECRET]);
      return JSON.parse(text)["public.alone"];
    };
    expect(await covered()).toMatchObject({ covered: true });
    await database.exec("alter table moves attach partition alone for values in (7)");
    expect(await covered()).toMatchObject({ covered: false });
    await database.exec("select tidemark.watch('public.moves')");
    expect(await covered()).toMatchObject({ covered: true });
    await database.exec("drop table moves");
  });
});

test("tidemark_schema shows what a family lacks", async () => {
  const covered = async () => {
    const text = await database.value<string>("select (tidemark_schema($1) -> 'watched')::text", [SECRET]);
    return Object.entries(JSON.parse(text) as Record<string, { covered: boolean }>)
      .filter(([, { covered }]) => covered)
      .map(([relation]) => relation);
  };
  expect(await covered()).toEqual(["public.events", "public.base"]);
  await database.exec("alter table events_2023 disable trigger all");
  expect(await covered()).toEqual(["public.events", "public.base"]);
  await database.exec("alter event trigger tidemark_ddl disable");
  await database.exec(
    "alter table events_2023 disable trigger all; create table second_heir () inherits (base)",
  );
  expect(await covered()).toEqual([]);
  await database.exec("alter event trigger tidemark_ddl enable always; select tidemark.schema_changed()");
  expect(await covered()).toEqual(["public.events", "public.base"]);
});
