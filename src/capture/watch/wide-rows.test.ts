import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CapturedDatabase } from "../testing/database.ts";

const WIDTHS = [97, 98, 150, 300, 318, 530, 600] as const;

const names = (width: number) => Array.from({ length: width - 1 }, (_, n) => `c${n}`);

let database: CapturedDatabase;

beforeAll(async () => {
  const tables = WIDTHS.map(
    (width) =>
      `create table wide_${width} (id int primary key, ${names(width).map((name) => `${name} text`)});`,
  );
  database = await CapturedDatabase.create(
    `${tables.join("")} create table numbers (id int primary key, ${names(600).map((name) => `${name} int`)});`,
    [...WIDTHS.map((width) => `wide_${width}`), "numbers"],
  );
  // Capture turns an error into a flush; here it fails the write.
  await database.exec(`do $$ declare each record; begin
    for each in select pg_get_functiondef(p.oid) as text from pg_proc p where p.proname ~ '^capture_[0-9]+_' loop
      execute replace(each.text, 'exception when others then', 'exception when division_by_zero then');
    end loop; end $$`);
  await database.told();
});
afterAll(() => database.close());

const TWO_ROWS = (table: string) => [
  `insert into ${table} (id, c0, c95) values (1, '10', null), (2, null, '20')`,
  `update ${table} set c0 = '11'`,
  `delete from ${table}`,
];

/** Of rows with a large value, sizes decide what is printed, and all of them are carried along. */
const TWO_LARGE_ROWS = (table: string) => [
  `insert into ${table} (id, c0, c95) values (1, repeat('x', 1200), null), (2, null, '20')`,
  `update ${table} set c0 = repeat('y', 1200)`,
  `delete from ${table}`,
];

async function told(table: string, statements = TWO_ROWS(table)) {
  for (const statement of statements) await database.exec(statement);
  return database.toldChanges();
}

describe("I6. a table of many columns", () => {
  test.each([
    ["wide_97", 97],
    ["wide_98", 98],
    ["wide_150", 150],
    ["wide_300", 300],
    ["wide_318", 318],
    ["wide_600", 600],
    ["numbers", 600],
  ])("I5. %s, of %i, is reported row by row", async (table, width) => {
    const changes = await told(table);
    expect(changes.map(({ type }) => type)).toEqual(
      ["INSERT", "UPDATE", "DELETE"].flatMap((type) => [type, type]),
    );
    const empty = Object.fromEntries(names(width).map((name) => [name, null]));
    const of = (text: string) => (table === "numbers" ? Number(text) : text);
    expect(changes[0]?.record).toEqual({ ...empty, id: 1, c0: of("10") });
    expect(changes[1]?.record).toEqual({ ...empty, id: 2, c95: of("20") });
    expect(changes[3]).toMatchObject({
      old_record: { ...empty, id: 2, c95: of("20") },
      record: { ...empty, id: 2, c0: of("11"), c95: of("20") },
    });
  });

  test("I6. a group of columns that reports nothing leaves no comma", async () => {
    const middle = names(300).slice(89, 179);
    await database.exec(`insert into wide_300 (id, ${middle}) select 1, ${middle.map(() => "repeat('x', 1200)")};
      update wide_300 set c0 = 'y'; delete from wide_300`);
    const changes = await database.toldChanges();
    expect(changes.map(({ type }) => type)).toEqual(["INSERT", "UPDATE", "DELETE"]);
    expect(changes[1]?.record).toMatchObject({ id: 1, c0: "y", "": middle });
    expect(changes[1]?.record).not.toHaveProperty(String(middle[0]));
  });

  test("I6. so are two rows of 318 columns with a large value", async () => {
    const changes = await told("wide_318", TWO_LARGE_ROWS("wide_318"));
    expect(changes.map(({ type, record }) => [type, record?.id])).toEqual([
      ["INSERT", 1],
      ["INSERT", 2],
      ["UPDATE", 1],
      ["UPDATE", 2],
      ["DELETE", undefined],
      ["DELETE", undefined],
    ]);
    expect(changes[2]?.record?.c0).toBe("y".repeat(1_200));
  });

  test("I6. an UPDATE's two rows may be too wide together where an INSERT's one row is not", async () => {
    expect((await told("wide_530", TWO_LARGE_ROWS("wide_530"))).map(({ type }) => type)).toEqual([
      ...["INSERT", "INSERT"],
      "FLUSH",
      ...["DELETE", "DELETE"],
    ]);
  });

  test("I6. a table whose single large row would be too wide is flushed as a whole, without an error inside", async () => {
    expect(
      (await told("wide_600", TWO_LARGE_ROWS("wide_600"))).map(({ type, table }) => [type, table]),
    ).toEqual([
      ["FLUSH", "wide_600"],
      ["FLUSH", "wide_600"],
      ["FLUSH", "wide_600"],
    ]);
    await database.exec("insert into wide_600 (id, c0) values (3, 'x'); update wide_600 set c0 = 'y'");
    expect((await database.toldChanges()).map(({ type }) => type)).toEqual(["INSERT", "UPDATE"]);
  });
});
