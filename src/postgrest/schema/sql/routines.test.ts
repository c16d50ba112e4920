import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { describedBy, describedText } from "../../testing/described.ts";
import type { RelationDescription, Routine, Schema } from "../schema.ts";

const SCHEMA_SQL = `
  create schema api;
  create table articles (id int primary key, title text, category text, draft bool, body text);
  create table authors (id int primary key, name text);
  create type pair as (a int, b regclass);
  create type mood as enum ('glad');
  create domain short as text check (length(value) < 9);
  create view published as select id, title from articles where not draft;
  create function helper() returns int language sql stable begin atomic select count(*)::int from authors; end;
  create function search(term text, lowest int default 0) returns setof articles language sql stable
    begin atomic select * from articles where title = term and id > lowest; end;
  create function counted(out n int, out names text[]) language sql stable
    begin atomic select helper(), array(select title from published); end;
  create function tabled(m mood, variadic ids int[]) returns table (id int, k regclass) language sql stable
    begin atomic select id, 'articles'::regclass from articles where id = any (ids); end;
  create function paired() returns pair language sql stable begin atomic select (1, 'articles'::regclass)::pair; end;
  create function opaque(d short) returns int language plpgsql stable as 'begin return 1; end';
  create function whole(body jsonb) returns int language sql immutable begin atomic select 1; end;
  create function unnamed(json) returns int language sql immutable begin atomic select 1; end;
  create function vague(x anyelement) returns anyelement language sql immutable as 'select x';
  create function overloaded(a int) returns int language sql stable begin atomic select count(*)::int from articles; end;
  create function overloaded(b text) returns int language sql volatile security definer begin atomic select count(*)::int from authors; end;
  create function sets() returns int language sql stable begin atomic select length(set_config('response.headers', '[]', true)); end;
  create function sets_within() returns int language plpgsql stable as 'begin return public.sets(); end';
  create function announces() returns int language plpgsql stable as $$begin perform pg_catalog.set_config('response.status', '202', true); return 1; end$$;
  create function writes() returns int language sql volatile begin atomic insert into authors values (9, 'x') returning id; end;
  create procedure proceeds() language sql begin atomic select 1; end;
  create function api.search() returns int language sql stable begin atomic select 1; end;
  create table "odd()" (id int);
`;

const NAMES = [
  ...["search", "counted", "tabled", "paired", "opaque", "whole", "unnamed", "vague", "overloaded"],
  ...["sets", "sets_within", "announces", "writes", "proceeds", "missing", "odd"],
].map((name) => `public.${name}()`);

let database: PGlite;
let schema: Schema;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(SCHEMA_SQL);
  schema = await describedBy(database, { tables: [...NAMES, "api.search()"] });
});

afterAll(() => database.close());

function named(name: string): RelationDescription {
  const description = schema.get(`public.${name}()`);
  if (description === undefined) throw new Error(`no ${name}`);
  return description;
}

function only(name: string): Routine {
  const [routine, ...others] = named(name).routines ?? [];
  if (routine === undefined || others.length > 0) throw new Error(`${name}: not one`);
  return routine;
}

describe("a function that is asked about", () => {
  it("tells its signature, label, arguments and result, and what it reads by column", () => {
    expect(only("search")).toMatchObject({
      ...{ signature: "public.search(term text, lowest integer)", isPlain: true, volatility: "stable" },
      ...{ isDefiner: false, isAnalysed: true, setsResponse: false },
      parameters: [
        { name: "term", type: "text", family: "base", isRequired: true },
        { name: "lowest", type: "int4", family: "base", isRequired: false },
      ],
      result: { isSet: true, relation: "public.articles" },
    });
    const { kind, reads } = named("search");
    expect(kind).toBe("function");
    expect(reads?.calls.get("public.articles")).toEqual(["body", "category", "draft", "id", "title"]);
    expect(reads?.caveats).toEqual([]);
    expect(schema.get("public.articles")?.columns.size).toBe(5);
  });

  it("tells what functions and views read that it uses, and describes these relations", () => {
    const { reads } = named("counted");
    expect([...(reads?.calls.keys() ?? [])].sort()).toEqual(["public.authors", "public.published"]);
    expect(schema.get("public.articles")?.kind).toBe("table");
    expect([...only("counted").result.columns.keys()]).toEqual(["n", "names"]);
    expect(only("counted").result.caveat).toBeUndefined();
  });

  it("tells columns whose text depends on more than their value, in its own list and in a type's", () => {
    const { parameters, result } = only("tabled");
    expect(parameters.map(({ type, family }) => `${type} ${family}`)).toEqual(["mood enum", "_int4 base"]);
    expect(result.columns.get("id")?.caveat).toBeUndefined();
    expect(result.columns.get("k")?.caveat).toMatchObject({ culprit: "the type regclass" });
    expect(result.caveat).toBeDefined();
    expect(only("paired").result.columns.get("b")?.caveat).toBeDefined();
  });

  it("tells whose body is not known, and arguments that run checks", () => {
    expect(only("opaque")).toMatchObject({ isAnalysed: false, parameters: [{ family: "opaque" }] });
    expect(named("opaque").reads?.caveats).toEqual([
      { kind: "unknown-reads", culprit: "public.opaque(d public.short)" },
    ]);
  });

  it("tells what PostgREST cannot call, or calls in another way", () => {
    expect(only("unnamed").parameters).toMatchObject([{ name: "" }]);
    expect(only("whole").parameters).toMatchObject([{ name: "body" }]);
    expect(only("vague").isPlain).toBe(false);
    expect(only("proceeds").isPlain).toBe(false);
  });

  it("tells all of one name, each with its own label, and what they read together", () => {
    const { routines = [], reads } = named("overloaded");
    expect(routines.map(({ volatility, isDefiner }) => `${volatility} ${isDefiner}`)).toEqual([
      "stable false",
      "volatile true",
    ]);
    expect([...(reads?.calls.keys() ?? [])].sort()).toEqual(["public.articles", "public.authors"]);
  });

  it("tells what may set the answer's status or headers, also through a function that it calls", () => {
    expect(only("sets").setsResponse).toBe(true);
    expect(only("sets_within").setsResponse).toBe(true);
    expect(only("announces").setsResponse).toBe(true);
    expect(only("search").setsResponse).toBe(false);
  });

  it("tells that it writes", () => {
    expect(named("writes").reads?.caveats).toContainEqual({
      ...{ kind: "unknown-reads", culprit: "a statement that writes" },
    });
  });

  it("is one of its schema, and no relation takes its place", () => {
    expect(schema.get("api.search()")?.routines).toHaveLength(1);
    expect(schema.has("public.missing()")).toBe(false);
    expect(schema.has("public.odd()")).toBe(false);
  });

  it("reads otherwise when it is replaced, whatever it reads", async () => {
    const question = { tables: ["public.counted()"] };
    const before = await describedText(database, question);
    expect(await describedText(database, question)).toBe(before);
    await database.exec(
      "create or replace function helper() returns int language sql stable begin atomic select 1 + count(*)::int from authors; end",
    );
    expect(await describedText(database, question)).not.toBe(before);
  });
});
