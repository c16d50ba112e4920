import { beforeAll, describe, expect, test } from "vitest";
import { openPglite } from "../../../testing/pglite.ts";
import { describedText } from "../testing/described.ts";
import { parseSchema, SchemaSyntaxError } from "./parse-schema.ts";
import type { Schema } from "./schema.ts";
import { SCHEMA_FUNCTION_SQL } from "./sql/schema-sql.ts";

let schema: Schema;
let json: string;

beforeAll(async () => {
  const database = await openPglite();
  await database.exec(`
    create type mood as enum ('sad', 'ok'); create domain email as text; create domain deep as email;
    create type pair as (a int, b text);
    create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table users (id int primary key, name text not null unique, email email, deep deep, moods mood[], js json,
      held json[], duo pair, tags text[], blind text collate blind, double int generated always as (id * 2) stored,
      virtual int generated always as (id + 1) virtual);
    create table posts (id int primary key, user_id int references users, title varchar(10), score int,
      unique (title), unique (id, score));
    create unique index partial on users (name) where id > 5;
    create function visible(int) returns bool language sql stable as 'select exists (select from users)';
    create function fixed(int) returns bool language sql immutable as 'select exists (select from users)';
    alter table posts enable row level security;
    create policy mine on posts using (exists (select from users u where u.id = posts.user_id and u.name = 'x'));
    create policy writes on posts for insert with check (score > 0);
    create table opaque (id int); alter table opaque enable row level security;
    create policy calls on opaque using (visible(id));
    create table timed (id int, until timestamptz, age int); alter table timed enable row level security;
    create policy fresh on timed using (until > now());
    create table plain (id int, age int); alter table plain enable row level security;
    create policy aged on plain using (age > 1 and fixed(id));
    create table off (id int); create policy unused on off using (visible(id));
    create view named as select p.id, u.name from posts p join users u on u.id = p.user_id;
    create view whole as select p.id, to_jsonb(p) as row from posts p;
    create view above as select id from named;
    create materialized view frozen as select id from posts;
    create table events (id int, at date not null, primary key (id, at)) partition by range (at);
    create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
    create table base (id int primary key, ref int references users); create table heir () inherits (base);
    create function full_name(users) returns text language sql as 'select $1.name';
    create schema other; create table other.far (id int primary key);
  `);
  await database.exec(SCHEMA_FUNCTION_SQL);
  json = await describedText(database);
  schema = parseSchema(json, { bounds: true });
  expect(await describedText(database)).toBe(json);
  await database.close();
});

const relation = (name: string) => {
  const found = schema.get(`public.${name}`);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe("Postgres describes itself", () => {
  test("types: domains and composites are opaque, what may hold json is not exact", () => {
    const { columns } = relation("users");
    const of = (name: string) => {
      const column = columns.get(name);
      return [column?.type, column?.family, column?.exact];
    };
    expect(of("id")).toEqual(["int4", "base", true]);
    expect(of("email")).toEqual(["text", "opaque", true]);
    expect(of("deep")).toEqual(["text", "opaque", true]);
    expect(of("moods")).toEqual(["_mood", "enum", true]);
    expect(of("js")).toEqual(["json", "base", false]);
    expect(of("held")).toEqual(["_json", "base", false]);
    expect(of("duo")).toEqual(["pair", "opaque", false]);
    expect(of("tags")).toEqual(["_text", "base", true]);
    expect(columns.get("blind")?.plainCollation).toBe(false);
    expect(columns.get("name")?.plainCollation).toBe(true);
    expect(columns.get("double")?.generated).toBe("stored");
    expect(columns.get("virtual")?.generated).toBe("virtual");
  });

  test("keys: unique, total, immediate and not null; the primary key first", () => {
    expect(relation("users").keys).toEqual([["id"], ["name"]]);
    expect(relation("posts").keys).toEqual([["id"]]);
    expect(relation("events").keys).toEqual([["id", "at"]]);
    // Rows of an inheriting table are read with it, and its keys do not bind them.
    expect(relation("base").keys).toEqual([]);
  });

  test("foreign keys", () => {
    expect(relation("posts").foreignKeys).toEqual([
      {
        name: "posts_user_id_fkey",
        relation: "public.users",
        columns: ["user_id"],
        referenced: ["id"],
      },
    ]);
  });

  test("policies for reading: what they read, here and elsewhere", () => {
    expect(relation("posts").reads).toEqual({
      relations: new Map([
        ["public.posts", ["user_id"]],
        ["public.users", ["id", "name"]],
      ]),
      // As `parsePolicy` wants it: relations by their full name, brackets around all but a column.
      policies: [
        {
          using:
            "(EXISTS ( SELECT\n   FROM public.users u\n  WHERE ((u.id = posts.user_id) AND (u.name = 'x'::text))))",
          permissive: true,
          bindsReader: true,
        },
      ],
      caveats: [],
      request: [],
      claims: [],
      calls: new Map(),
    });
    expect(relation("named").reads?.policies).toBeUndefined();
    expect(relation("off").reads).toBeUndefined();
  });

  test("user-defined functions are named, however they are labelled, and so is the clock", () => {
    const unknown = (name: string) => ({ kind: "unknown-reads", culprit: `public.${name}(integer)` });
    expect(relation("opaque").reads?.caveats).toEqual([unknown("visible")]);
    expect(relation("plain").reads?.caveats).toEqual([unknown("fixed")]);
    expect(relation("timed").reads?.caveats).toEqual([{ kind: "clock", culprit: "pg_catalog.now()" }]);
  });

  test("views: base columns; every column when a row is taken whole; views of views through the view", () => {
    expect(relation("named").reads?.relations).toEqual(
      new Map([
        ["public.posts", ["id", "user_id"]],
        ["public.users", ["id", "name"]],
      ]),
    );
    expect(relation("whole").reads?.relations).toEqual(new Map([["public.posts", []]]));
    expect(relation("above").reads?.relations).toEqual(new Map([["public.named", ["id"]]]));
    expect(relation("frozen").kind).toBe("materialized");
  });

  test("partitions and heirs, up and down; functions over rows; other schemas stay out", () => {
    expect(relation("events").descendants).toEqual(["public.events_2024"]);
    expect(relation("events_2024").ancestors).toEqual(["public.events"]);
    expect(relation("base").descendants).toEqual(["public.heir"]);
    expect([...relation("users").computed.keys()]).toEqual(["full_name"]);
    expect(schema.has("other.far")).toBe(false);
  });
});

describe("other JSON is refused, with the position", () => {
  test.each([
    ["", /not JSON/],
    ["[]", /^schema is not an object/],
    ['{"public.x":{}}', /^schema\.public\.x\.kind is not table/],
  ])("%s", (text, message) => {
    expect(() => parseSchema(text)).toThrow(SchemaSyntaxError);
    expect(() => parseSchema(text)).toThrow(message);
  });
});

test("a column may have any name, even that of a member of every object", () => {
  const column = {
    type: "text",
    family: "base",
    notNull: true,
    plainCollation: true,
    exact: true,
    generated: "no",
  };
  const names = ["constructor", "prototype", "toString", "hasOwnProperty"];
  const columns = Object.fromEntries(names.map((name) => [name, column]));
  const read = parseSchema(JSON.stringify({ "public.odd": { kind: "table", columns, computed: {} } }));
  expect([...(read.get("public.odd")?.columns.keys() ?? [])]).toEqual(names);
});
