import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPglite } from "../../../../testing/pglite.ts";
import { describedBy, describedText } from "../../testing/described.ts";
import { parseSchema } from "../parse-schema.ts";
import type { Reads, Schema } from "../schema.ts";

let database: PGlite;
/** All views and policies are created first, because Postgres describes them in one call. */
const statements: string[] = [];
let schema: Schema;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(`
    create type mood as enum ('sad', 'ok');
    create domain plain as int;
    create domain checked as int check (value > 0);
    create table items (id int primary key, t text, at timestamptz, day date, js jsonb, tags text[], n numeric, mood mood);
    create table visibility (item_id int primary key, public boolean);
    create function quoted(id int) returns boolean language sql stable as 'select public from visibility where item_id = id';
    create function lying(id int) returns boolean language plpgsql immutable as
      'begin return (select public from visibility where item_id = id); end';
    create function atomic(id int) returns boolean language sql stable
      begin atomic select v.public from visibility v where v.item_id = id; end;
    create function nested(id int) returns boolean language sql stable begin atomic select atomic(id); end;
    create function outer_(id int) returns boolean language sql stable begin atomic select quoted(id); end;
    create function writes(id int) returns int language sql volatile
      begin atomic insert into visibility values (id, true) returning item_id; end;
    create function my_claims() returns jsonb language sql stable as
      $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
    create function my_headers() returns json language plpgsql stable as
      'begin return current_setting(''request.headers'', true)::json; end';
    create function through(id int) returns boolean language plpgsql stable as
      'begin return my_headers() ->> ''x'' is null; end';
    create function dynamic(id int) returns boolean language plpgsql stable as
      'declare b boolean; begin execute ''select true'' into b; return b; end';
    create function add_up(bigint, int) returns bigint language sql immutable as 'select $1 + $2';
    create aggregate summed(int) (sfunc = add_up, stype = bigint, initcond = '0');
    create aggregate plain_sum(int) (sfunc = int4_sum, stype = bigint);
    create type odd as enum ('a');
    create table oddities (id int primary key, odd odd);
    create function same(odd, odd) returns boolean language plpgsql immutable as 'begin return true; end';
    create operator === (leftarg = odd, rightarg = odd, function = same);
    create sequence numbers;
    create view base as select id, t from items;
  `);
  for (const statement of statements) await database.exec(statement);
  schema = await describedBy(database);
});

afterAll(() => database.close());

function readsOf(relation: string): Reads {
  const reads = schema.get(`public.${relation}`)?.reads;
  if (reads === undefined) throw new Error(`${relation} reads nothing`);
  return reads;
}

/** Call it while tests are collected; what the view reads is known when they run. */
function viewReads(query: string): () => Reads {
  const name = `v${statements.length}`;
  statements.push(`create view ${name} as ${query}`);
  return () => readsOf(name);
}

function policyReads(condition: string): () => Reads {
  const name = `p${statements.length}`;
  statements.push(`create table ${name} (id int, t text, mood mood); alter table ${name} enable row level security;
    create policy p on ${name} for select using (${condition})`);
  return () => readsOf(name);
}

const culprits = ({ caveats }: Reads) => caveats.map(({ kind, culprit }) => `${kind}: ${culprit}`);

describe("an understood definition has no caveat", () => {
  test.each(
    [
      "select * from items where id > 1 and (t like 'a%' or t is null) order by id desc limit 3 offset 1",
      "select i.id, v.public from items i left join visibility v on v.item_id = i.id",
      "select id, count(*) filter (where n > 1), sum(n), avg(n), string_agg(t, ',' order by t) from items group by id having count(*) > 0",
      "select distinct on (t) t, id from items order by t, id",
      "select id, row_number() over (partition by t order by id), lag(n, 1, 0) over w from items window w as (order by id rows between 1 preceding and current row)",
      "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r",
      "select id from items union select item_id from visibility except select 3",
      "select case when id = 1 then 'one' when id = 2 then 'two' else t end as c, coalesce(t, ''), nullif(t, ''), greatest(id, 2) from items",
      "select id::text, n::int, t::plain::text, (id || '')::int as i, js ->> 'a' as a, (js ->> 'b')::int as b, tags[1] as first, array[1, id] as list, tags @> array['x'] as has from items",
      "select to_json(i) as j, row_to_json(i) as r, jsonb_build_object('a', id, 'm', mood) as o, jsonb_agg(id) over () as l from items i",
      "select id, at at time zone 'UTC' as utc, date_trunc('day', at) as day, extract(year from at) as y, at + interval '1 day' as next, at > day as later, to_char(at, 'YYYY') as yy from items",
      "select e.*, u.* from items, unnest(tags) with ordinality u(tag, n), generate_series(1, 3) e",
      "select id from items where t = any (array['a', 'b']) and id in (select item_id from visibility where public) and exists (select from visibility v where v.item_id = items.id)",
      "select (select max(item_id) from visibility) as m, row(id, t) = row(1, 'a') as same, (1, 2) < (id, 3) as less from items",
      "select mood, mood > 'sad' as better, enum_range(mood) as range, lower(t), md5(t), format('%s', id), concat(t, id) from items",
      "select id, plain_sum(id) over () from items",
      "select id from items where current_setting('request.jwt.claims', true)::json ->> 'sub' = t",
      "select id, current_user as me, t collate \"C\" as c, to_tsvector(t) @@ to_tsquery('a') as found from items",
      "select grouping(t) as g, t, count(*) from items group by rollup (t)",
      "select id::checked as c from items",
      "select b.* from base b",
    ].map((query) => [query, viewReads(query)] as const),
  )("%s", (_, reads) => {
    expect(reads()).toMatchObject({ caveats: [], request: [] });
  });

  const followed = policyReads("nested(id)");
  test("functions whose body is a query tree are followed, with what they read", () => {
    const reads = followed();
    expect(reads).toMatchObject({ caveats: [], request: [] });
    expect(reads.calls.get("public.visibility")).toEqual(["item_id", "public"]);
  });

  const claims = policyReads("my_claims() ->> 'sub' is null");
  test("functions that only read the caller's claims", () => {
    expect(claims()).toMatchObject({ caveats: [], request: [] });
  });
});

describe("what is not understood is named in a caveat", () => {
  test.each(
    [
      ["select id from items where at > now()", "clock: pg_catalog.now()"],
      ["select id, current_date from items", "clock: the clock"],
      ["select id, random() from items", "clock: pg_catalog.random()"],
      ["select id, age(at) from items", "clock: pg_catalog.age(timestamp with time zone)"],
      ["select id, t::timestamptz from items", "clock: text read as timestamp with time zone"],
      ["select id, (js ->> 'a')::date from items", "clock: text read as date"],
      ["select id, ctid::text from items", "unwatchable: a system column"],
      ["select relname from pg_class", "unwatchable: pg_catalog.pg_class"],
      ["select table_name::text from information_schema.tables", "unwatchable: information_schema.tables"],
      ["select rolname from pg_roles", "unwatchable: pg_catalog.pg_roles"],
      ["select id from items tablesample bernoulli (50)", "unwatchable: tablesampleclause"],
      [
        "select id, has_table_privilege('items', 'select') from items",
        "unwatchable: pg_catalog.has_table_privilege(text, text)",
      ],
      ["select pg_current_wal_lsn()", "unwatchable: pg_catalog.pg_current_wal_lsn()"],
      ["select last_value from numbers", "unwatchable: public.numbers"],
      [
        "select query_to_xml('select 1', true, true, '')::text as x",
        "unwatchable: pg_catalog.query_to_xml(query text, nulls boolean, tableforest boolean, targetns text)",
      ],
      ["select obj_description(1, 'pg_class')", "unwatchable: pg_catalog.obj_description(oid, name)"],
      ["select current_setting('app.tenant', true)", "unwatchable: the setting app.tenant"],
      ["select lo_get(1)", "unwatchable: pg_catalog.lo_get(oid)"],
      ["select id, quoted(id) from items", "unknown-reads: public.quoted(id integer)"],
      ["select id, lying(id) from items", "unknown-reads: public.lying(id integer)"],
      ["select id, outer_(id) from items", "unknown-reads: public.quoted(id integer)"],
      ["select id, writes(id) from items", "unknown-reads: a statement that writes"],
      ["select summed(id) from items", "unknown-reads: public.add_up(bigint, integer)"],
      ["select id from oddities where odd === odd", "unknown-reads: public.same(public.odd, public.odd)"],
      // A body in text form depends on the search path, which a role's setting may change.
      ["select to_tsvector('english', t) as v from items", "unwatchable: the type regconfig"],
      ["select id, oid::regclass::text from items, (select 1::oid) o(oid)", "unwatchable: the type regclass"],
    ].map(([query = "", expected]) => [query, expected, viewReads(query)] as const),
  )("%s", (_, expected, reads) => {
    expect(culprits(reads())).toContain(expected);
  });
});

const CONDITIONS: readonly (readonly [string, readonly string[]])[] = [
  ["current_setting('request.headers', true)::json ->> 'CF-IPCountry' = 'DE'", ["header cf-ipcountry"]],
  ["(current_setting('request.headers', true)::json) is not null", ["request.headers"]],
  ["nullif(current_setting('request.headers'), '')::json ->> 'a' = 'b'", ["request.headers"]],
  ["current_setting('request.method', true) = 'GET'", ["request.method"]],
  ["current_setting(t) = 'x'", ["a setting whose name is not known"]],
  ["my_headers() ->> 'a' = 'b'", ["public.my_headers()"]],
  ["through(id)", ["public.through(id integer)"]],
  ["dynamic(id)", ["public.dynamic(id integer)"]],
  ["quoted(id)", []],
];

describe("definitions that read the request are distinguished", () => {
  test.each(
    CONDITIONS.map(([condition, expected]) => [condition, expected, policyReads(condition)] as const),
  )("%s", (_, expected, reads) => {
    expect(reads().request).toEqual(expected);
  });
});

test("policies for roles that the reader cannot have are left out", async () => {
  await database.exec(`create role reader; create role member; create table mixed (id int); alter table mixed enable row level security;
    create policy everybody on mixed for select using (id > 1);
    create policy members on mixed for select to member using (quoted(id));`);
  const of = async (reader: string | null) => {
    const text = await describedText(database, { tables: ["public.mixed"], reader });
    return parseSchema(text).get("public.mixed")?.reads?.policies?.length;
  };
  expect([await of("reader"), await of("member"), await of(null), await of("nobody")]).toEqual([1, 2, 2, 2]);
});

test("a function that PostgREST runs before every read counts for every relation", async () => {
  await database.exec(`create table untouched (id int);
    alter role postgres set pgrst.db_pre_request = 'public.my_headers'`);
  const of = async () => {
    const text = await describedText(database, { tables: ["public.untouched"] });
    return parseSchema(text).get("public.untouched")?.reads;
  };
  expect(await of()).toMatchObject({
    caveats: [{ kind: "unknown-reads", culprit: "public.my_headers()" }],
    request: ["public.my_headers()"],
  });
  await database.exec("alter role postgres set pgrst.db_pre_request = 'public.gone'");
  expect(await of()).toMatchObject({
    caveats: [{ kind: "unknown-reads", culprit: "public.gone" }],
    request: ["public.gone"],
  });
  // Of no function's name Postgres may make an error.
  await database.exec(`alter role postgres set pgrst.db_pre_request = '"'`);
  expect(await of()).toMatchObject({ request: ['"'] });
  await database.exec("alter role postgres reset pgrst.db_pre_request");
  expect(await of()).toBeUndefined();
  // Every role may set this for itself. PostgREST does not connect by it.
  await database.exec(
    "create role somebody; alter role somebody set pgrst.db_pre_request = 'public.my_headers'",
  );
  expect(await of()).toBeUndefined();
});
