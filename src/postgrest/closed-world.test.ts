import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPglite } from "../../testing/pglite.ts";
import type { Declared } from "./footprint/footprint.ts";
import { footprintOf } from "./footprint/footprint-of.ts";
import { parseQuery } from "./query/parse.ts";
import { type Change, changeFromWebhook } from "./row/change.ts";
import type { Schema } from "./schema/schema.ts";
import { describedBy } from "./testing/described.ts";
import { verdictOn } from "./verdict/verdict.ts";

let database: PGlite;
let schema: Schema;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(`
    create role anon; create schema private;
    -- A definer's function against recursion: the policy of a table reads other rows of it.
    create table posts (id int primary key, parent int, published boolean);
    create function parent_ok(p int) returns boolean language sql stable security definer
      begin atomic select x.published from posts x where x.id = p; end;
    alter table posts enable row level security;
    create policy p on posts for select using (parent is null or parent_ok(parent));
    create table items (id int primary key, parent int, published boolean);
    create function siblings(items) returns bigint language sql stable
      begin atomic select count(*) from items i where i.parent = ($1).parent and i.published; end;
    -- A function that reads what a lookup reads, in other rows.
    create table members (id int primary key, team int, open boolean);
    create function size_ok(t int) returns boolean language sql stable
      begin atomic select count(*) < 3 from members m where m.team = t; end;
    create table docs (id int primary key, team int);
    alter table docs enable row level security;
    create policy p on docs for select
      using (exists (select from members m where m.team = docs.team and m.open) and size_ok(team));
    -- A row taken as a whole.
    create table whole (id int primary key, hidden boolean);
    alter table whole enable row level security;
    create policy p on whole for select using ((to_jsonb(whole) ->> 'hidden') = 'false');
    -- Functions of one name.
    create table other (id int primary key, n int);
    create function public.tot(items) returns bigint language sql stable begin atomic select sum(n) from other; end;
    create function private.tot(items) returns bigint language sql stable begin atomic select 1; end;
    create table people (id int primary key, name text);
    create table things (id int primary key, owner_id int, foreign key (owner_id) references people);
    create table owners (id int primary key, thing_id int references things, name text);
    create function private.owners(things) returns setof people language sql stable begin atomic select * from people; end;
    -- A view whose columns were renamed, and two keys to it.
    create table target (id int primary key, alt int unique, name text);
    create table source (id int primary key, a int, b int, constraint first_key foreign key (a) references target (id),
      constraint second_key foreign key (b) references target (alt));
    create view shown as select id, alt, name from target;
    alter view shown rename column alt to "the alternative";
    -- What runs under another role, reads the clock by an aggregate, or checks by a function.
    create role reporter; create table gated (id int primary key);
    create function as_reporter() returns boolean language sql stable set role to 'reporter'
      begin atomic select exists (select from gated); end;
    create view reported as select as_reporter() as x;
    create function keep(timestamptz, int) returns timestamptz language sql immutable return $1;
    create aggregate latest(int) (sfunc = keep, stype = timestamptz, initcond = 'now');
    create view moments as select latest(id) as at from other;
    create table marked (id int primary key, mark macaddr);
    create function summed(text, macaddr) returns text language sql stable begin atomic select max(n)::text from other; end;
    create aggregate sum(macaddr) (sfunc = summed, stype = text);
    create view zoned as select time '12:00'::timetz as at;
    -- What reads the request without saying so.
    create view shouted as select current_setting('Request.Headers', true) as h;
    create operator ## (rightarg = text, function = current_setting);
    create view operated as select ## 'request.headers' as h;
    create view printed as select query_to_xml('select 1', true, true, '')::text as h;
    create function here() returns boolean language sql stable
      begin atomic select current_setting('request.headers', true) is not null; end;
    create table hidden (id int primary key); alter table hidden enable row level security;
    create policy p on hidden for select using (here());
    create function peek() returns boolean language plpgsql stable as 'begin return exists (select from hidden); end';
    create function farther() returns boolean language sql stable begin atomic select here(); end;
    create function through() returns boolean language plpgsql stable as 'begin return farther(); end';
    create table behind (id int primary key); alter table behind enable row level security;
    create policy p on behind for select using (through());
    create function quoted() returns boolean language sql stable as 'select farther()';
    create table quoting (id int primary key); alter table quoting enable row level security;
    create policy p on quoting for select using (quoted());
    create function defaulted(x text default current_setting('request.headers', true)) returns boolean
      language plpgsql stable as 'begin return x is not null; end';
    create table defaulting (id int primary key); alter table defaulting enable row level security;
    create policy p on defaulting for select using (defaulted());
    create type shade as enum ('a', 'b');
    create function shade_json(shade) returns json language plpgsql stable as 'begin return to_json(1); end';
    create cast (shade as json) with function shade_json(shade);
    create table casting (id int primary key, shade shade);
    create function compared(int, int) returns boolean language sql stable begin atomic select here(); end;
    create operator ### (leftarg = int, rightarg = int, function = compared);
    create function symbols() returns boolean language plpgsql stable as 'begin return 1 ### 2; end';
    create table symbolic (id int primary key); alter table symbolic enable row level security;
    create policy p on symbolic for select using (symbols());
    create function texts() returns boolean language plpgsql stable as
      'begin return query_to_xml(''select 1'', true, true, chr(32)) is null; end';
    create table texting (id int primary key); alter table texting enable row level security;
    create policy p on texting for select using (texts());
    create table peeked (id int primary key); alter table peeked enable row level security;
    create policy p on peeked for select using (peek());
  `);
  schema = await describedBy(database, { reader: "anon" });
});

afterAll(() => database.close());

function kept(relation: string, search: string, dependsOn: Declared["dependsOn"] = new Map()) {
  const read = { schema: "public", relation, search };
  const declared: Declared = { tables: new Set(schema.keys()), dependsOn, obeysPolicies: true };
  return footprintOf(read, parseQuery(relation, search), declared, schema);
}

const changed = (type: string, table: string, record: object | null, old_record: object | null): Change =>
  changeFromWebhook(JSON.stringify({ type, schema: "public", table, record, old_record }));

describe("I7. functions read rows that a policy's text does not mention", () => {
  test.each<[string, string, Change]>([
    [
      "posts",
      "select=id&id=eq.2",
      changed(
        "UPDATE",
        "posts",
        { id: 1, parent: null, published: false },
        { id: 1, parent: null, published: true },
      ),
    ],
    [
      "items",
      "select=id,siblings&id=eq.2",
      changed(
        "UPDATE",
        "items",
        { id: 3, parent: 1, published: false },
        { id: 3, parent: 1, published: true },
      ),
    ],
    ["docs", "select=id", changed("INSERT", "members", { id: 3, team: 1, open: false }, null)],
    ["whole", "select=id", changed("UPDATE", "whole", { id: 1, hidden: true }, { id: 1, hidden: false })],
    ["items", "select=id,tot", changed("UPDATE", "other", { id: 1, n: 5 }, { id: 1, n: 1 })],
    [
      "things",
      "select=id,owners(name)",
      changed("INSERT", "owners", { id: 1, thing_id: 1, name: "x" }, null),
    ],
    [
      "source",
      "select=id,shown!second_key(name)",
      changed("UPDATE", "source", { id: 1, a: 1, b: 3 }, { id: 1, a: 1, b: 2 }),
    ],
  ])("%s?%s", (relation, search, change) => {
    const result = kept(relation, search);
    if (!("footprint" in result)) throw new Error(result.bypass);
    expect(result.footprint.caveats).toEqual([]);
    expect(verdictOn(result.footprint, change).affected).toBe(true);
  });

  test("a hint that names no key is unknown", () => {
    expect(kept("source", "select=id,shown!third_key(name)")).toEqual({ bypass: "unknown-embed" });
  });
});

describe("an answer that may change in other ways has a caveat", () => {
  test.each([
    ["reported", "", "unknown-reads public.as_reporter()"],
    ["moments", "", "unknown-reads public.latest(integer)"],
    ["zoned", "", "unwatchable pg_catalog.timetz(time without time zone)"],
    ["source", "select=id,target!first_key(name)&order=target(rank)", "unwatchable public.target.rank"],
  ])("%s?%s", (relation, search, expected) => {
    const result = kept(relation, search);
    expect(
      "footprint" in result && result.footprint.caveats.map(({ kind, culprit }) => `${kind} ${culprit}`),
    ).toContain(expected);
  });
});

test.each([
  ...[
    "shouted",
    "operated",
    "printed",
    "hidden",
    "peeked",
    "marked",
    "behind",
    "quoting",
    "defaulting",
    "casting",
  ],
  ...["symbolic", "texting"],
])("I8. %s reads the request", (relation) => {
  expect(kept(relation, "")).toEqual({ bypass: "reads-request" });
});
