import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { describedText } from "../../testing/described.ts";
import { parseSchema } from "../parse-schema.ts";
import { SCHEMA_FUNCTION_SQL } from "./schema-sql.ts";

let database: PGlite;

const columns = Array.from({ length: 30 }, (_, n) => `column_number_${n} text`).join(", ");

beforeAll(async () => {
  database = await openPglite();
  await database.exec(`
    create table events (k int not null, ${columns}) partition by list (k);
    do $$ begin
      for n in 1 .. 400 loop
        execute format('create table events_%s partition of events for values in (%s)', n, n);
      end loop;
    end $$;
    create table owners (id int primary key, name text);
    create table things (id int primary key, owner_id int references owners, kind_id int);
    create table kinds (id int primary key, name text);
    alter table things add foreign key (kind_id) references kinds;
    create table apart (id int primary key, ${columns});
    alter table things enable row level security;
    create policy p on things for select using (exists (select from owners o where o.id = owner_id and o.name <> ''));
  `);
  await database.exec(SCHEMA_FUNCTION_SQL);
});

afterAll(() => database.close());

const described = (tables: readonly string[] | null) => describedText(database, { tables });

test("partitions are described by their root: 400 of 30 columns stay small", async () => {
  const text = await described(["public.events"]);
  expect(text.length).toBeLessThan(80_000);
  const schema = parseSchema(text);
  expect(schema.get("public.events")?.descendants).toHaveLength(400);
  expect(schema.get("public.events_7")).toMatchObject({ ancestors: ["public.events"], columns: new Map() });
});

test("a partition that is cached itself is described in full, with what decides its rows' partition", async () => {
  const schema = parseSchema(await described(["public.events_7"]));
  expect(schema.get("public.events_7")?.columns.size).toBe(31);
  expect(schema.get("public.events_7")?.partitionKey).toEqual(["k"]);
  expect(schema.get("public.events")?.partitionKey).toBeUndefined();
});

test("other tables are described only as far as they are read or referenced by a key", async () => {
  const schema = parseSchema(await described(["public.things"]));
  expect([...schema.keys()]).toEqual(["public.kinds", "public.owners", "public.things"]);
  expect(schema.get("public.owners")?.columns.size).toBe(2);
  expect(schema.get("public.kinds")?.columns.size).toBe(0);
  expect([...parseSchema(await described(null)).keys()]).toContain("public.apart");
});
