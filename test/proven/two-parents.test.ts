import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";

// A child of two tables: statements on either change its rows, and fire no trigger of the other.

let stack: Stack;

beforeAll(async () => {
  const strict = { freshness: "0s" } as const;
  stack = await startStack({
    changes: "pulled",
    config: { tables: { lonely: strict, one: strict, other: strict } },
    sql: `
      create table lonely (id int, v int);
      create table unheard (id int, v int);
      create table of_both (primary key (id)) inherits (lonely, unheard);
      create table one (id int, v int);
      create table other (id int, v int);
      create table shared (primary key (id)) inherits (one, other);
      insert into of_both values (1, 0);
      insert into shared values (1, 0);
      grant select on lonely, unheard, of_both, one, other, shared to anon;
      select tidemark.watch('lonely'), tidemark.watch('one'), tidemark.watch('other');`,
  });
});

afterAll(() => stack?.stop());

it.each([
  ["lonely", "unheard"],
  ["one", "other"],
  ["other", "one"],
])("I1, I7. what %s shows is changed through %s", async (table, through) => {
  const path = `/rest/v1/${table}?select=id,v`;
  for (let round = 1; round <= 3; round++) {
    await stack.read(path);
    await stack.read(path);
    await stack.supabase.db.query(`update ${through} set v = v + 1`);
    const { json } = await stack.read(path);
    expect(json).toEqual((await stack.direct(path)).json);
  }
});
