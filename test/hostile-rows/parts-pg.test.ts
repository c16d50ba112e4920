import { afterAll, beforeAll, expect, test } from "vitest";
import { startPgRig } from "./rig-pg.ts";

// Tables in parts, of which capture watches the root.

let rig: Awaited<ReturnType<typeof startPgRig>>;
beforeAll(async () => {
  rig = await startPgRig(
    `
    CREATE TABLE days (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
    CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (100); INSERT INTO days VALUES (1, 'first');
    CREATE TABLE left_one (v text); CREATE TABLE right_one (v text);
    CREATE TABLE of_both () INHERITS (left_one, right_one); INSERT INTO of_both VALUES ('first');
    CREATE TABLE left_keys (id int PRIMARY KEY, v text); CREATE TABLE right_keys (rid int PRIMARY KEY, v text);
    CREATE TABLE of_keys () INHERITS (left_keys, right_keys); INSERT INTO of_keys VALUES (1, 'first', 5);
    CREATE TABLE watched (v text); CREATE TABLE unwatched (v text);
    CREATE TABLE belongs () INHERITS (watched, unwatched); INSERT INTO belongs VALUES ('first')`,
    [
      "public.left_keys",
      "public.right_keys",
      "public.days",
      "public.watched",
      "public.left_one",
      "public.right_one",
    ],
  );
});
afterAll(() => rig?.stop());

const step = (how: "read" | "rows", table: string) =>
  ({ do: how, table, text: `SELECT v FROM ${table}` }) as const;

test("a table in parts is kept, and a change of a part is a change of the table", async () => {
  const steps = [step("rows", "days"), step("rows", "days"), step("read", "days"), step("read", "days")];
  await rig.hits(steps);
  await rig.sql.unsafe("UPDATE days_1 SET v = 'changed'");
  for (const { value } of await rig.steps(steps)) expect(value).toEqual([{ v: "changed" }]);
});

test("a row that belongs to a watched and to an unwatched table may be changed through either", async () => {
  const steps = [step("rows", "watched"), step("read", "watched")];
  await rig.steps(steps);
  await rig.steps(steps);
  await rig.sql.unsafe("UPDATE unwatched SET v = 'changed'");
  for (const { value } of await rig.steps(steps)) expect(value).toEqual([{ v: "changed" }]);
});

test.each(["left_one", "right_one", "of_both"])(
  "a row of two watched tables is changed in both through %s",
  async (through) => {
    const steps = ["left_one", "right_one", "of_both"].flatMap((table) => [
      step("rows", table),
      step("read", table),
    ]);
    await rig.steps(steps);
    await rig.steps(steps);
    await rig.sql.unsafe(`UPDATE ${through} SET v = 'through ${through}'`);
    for (const { value } of await rig.steps(steps)) expect(value).toEqual([{ v: `through ${through}` }]);
  },
);

test.each(["left_keys", "right_keys", "of_keys"])(
  "and what stands on a key that the other has not: through %s",
  async (through) => {
    const texts = [
      "SELECT v FROM left_keys WHERE id = 1",
      "SELECT v FROM right_keys WHERE rid = 5",
      "SELECT v FROM of_keys WHERE id = 1 AND rid = 5",
    ];
    const steps = texts.map((text) => ({ do: "read", text }) as const);
    await rig.hits(steps);
    await rig.sql.unsafe(`UPDATE ${through} SET v = 'through ${through}'`);
    for (const { value } of await rig.steps(steps)) expect(value).toEqual([{ v: `through ${through}` }]);
  },
);
