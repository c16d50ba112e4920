import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";

/** Long enough that an answer which a change does not reach is still a hit on the next read. */
const FRESHNESS_MS = 1_000;
const table = { freshness: `${FRESHNESS_MS}ms`, ttl: "1h" } as const;

const TABLES = ["items", "lied", "owned", "visibility", "parents", "kids", "part", "abroad", "lists"];
const VIEWS = ["shown", "counted", "printed", "commented", "located", "tenants", "low", "cast_items"];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: { tables: Object.fromEntries([...TABLES, ...VIEWS].map((name) => [name, table])) },
    sql: `
      create table visibility (item_id int primary key, public boolean not null);
      create table items (id int primary key, name text);
      create table lied (id int primary key);
      create table owned (id int primary key, item_id int references items);
      insert into items values (1, 'one'), (2, 'two');
      insert into lied values (1), (2);
      insert into owned values (1, 1), (2, 2);
      insert into visibility values (1, true), (2, true);
      create function is_public(id int) returns boolean language sql stable security definer set search_path = ''
        as 'select v.public from public.visibility v where v.item_id = id';
      create function lies(id int) returns boolean language plpgsql immutable security definer set search_path = ''
        as 'begin return (select v.public from public.visibility v where v.item_id = id); end';
      alter table items enable row level security;
      create policy public_only on items for select using (is_public(id));
      alter table lied enable row level security;
      create policy public_only on lied for select using (lies(id));
      create view shown as select id, is_public(id) as public from lied;

      create view counted as select count(*)::int as n from pg_class where relname like 'counted\\_%';
      create view printed as select query_to_xml('select count(*) from visibility where public', true, false, '')::text as x;
      create view commented as select obj_description('items'::regclass, 'pg_class') as c;
      create view located as select pg_current_wal_lsn()::text as at;
      create view tenants as select current_setting('app.tenant', true) as t;
      create domain label as text;
      create function label_json(label) returns json language sql stable
        as 'select to_json($1::text || (select count(*) from visibility where public))';
      create cast (label as json) with function label_json(label) as implicit;
      create view cast_items as select id, name::label as name from lied cross join (select 'x' as name) n;

      create table parents (id int primary key, name text);
      create table kids (id int primary key, parent_id int references parents);
      create table part (id int, k int, primary key (id, k)) partition by list (k);
      create table part_1 partition of part for values in (1);
      create table part_2 partition of part for values in (2);
      create view low as select id from part_1;
      insert into part values (1, 1), (2, 1);

      create table lists (id int primary key, ia int[]);
      insert into lists values (1, '{1,2}'), (2, '{3}');

      create table abroad (id int primary key);
      insert into abroad values (1);
      alter table abroad enable row level security;
      create policy here on abroad for select
        using (coalesce(current_setting('request.headers', true), '{}')::json ->> 'cf-ipcountry' is distinct from 'XX');
      grant select on all tables in schema public to anon;
      select tidemark.watch(t::regclass) from unnest(array['${TABLES.join("', '")}']) t;
    `,
  });
});

afterAll(() => stack?.stop());

const ids = ({ json }: Answer) => (json as { id: number }[]).map(({ id }) => id).join();

/** Reads until the entry is a hit, changes something, and waits for the bound until the answer is another one. */
async function moves(path: string, sql: string, expected: (answer: Answer) => boolean): Promise<void> {
  const read = () => stack.read(path);
  // A strict read, so that all earlier changes have been pulled and nothing else refills the entry.
  const strictly = { headers: { "cache-control": "no-cache" } };
  await stack.read(path, strictly);
  await stack.read(path, strictly);
  await read();
  await stack.supabase.db.exec(sql);
  await withinBound(FRESHNESS_MS, performance.now(), read, expected);
}

/** Why a read is proven by its age only, or not cached at all. */
async function caveatsOf(query: string): Promise<string[]> {
  const { json } = await stack.admin("explain", { query });
  if (json.kind === "bypass") return [json.reason];
  return json.caveats.map(({ kind, culprit }: { kind: string; culprit: string }) => `${kind} ${culprit}`);
}

describe("I1. a table that the owner's function reads", () => {
  it("hides a row by a policy within the bound", () =>
    moves(
      "/rest/v1/items?select=id&order=id",
      "update visibility set public = false where item_id = 1",
      (answer) => {
        return ids(answer) === "2";
      },
    ));

  it("by a function that calls itself immutable", () =>
    moves(
      "/rest/v1/lied?select=id&order=id",
      "update visibility set public = false where item_id = 2",
      (answer) => {
        return ids(answer) === "";
      },
    ));

  it("through a view, and through an embed", async () => {
    await moves(
      "/rest/v1/shown?select=id,public&order=id",
      "update visibility set public = true",
      ({ json }) => json[0].public === true && json[1].public === true,
    );
    await moves(
      "/rest/v1/owned?select=id,items(id)&order=id",
      "update visibility set public = false where item_id = 2",
      ({ json }) => json[0].items?.id === 1 && json[1].items === null,
    );
  });

  it("is named where nothing looks into the function, and followed where something does", async () => {
    expect(await caveatsOf("/rest/v1/lied")).toEqual(["unknown-reads public.lies(id integer)"]);
    expect(await caveatsOf("/rest/v1/items")).toEqual([]);
    expect(await caveatsOf("/rest/v1/owned?select=items(id)")).toEqual([]);
  });
});

describe("I1. an answer whose changes are not reported is proven by its age", () => {
  it.each<[string, string, (answer: Answer) => boolean]>([
    ["counted", "create temp table counted_1 (id int)", ({ json }) => json[0].n === 1],
    [
      "printed",
      "update visibility set public = not public",
      ({ json }) => json[0].x.includes("<count>1</count>"),
    ],
    [
      "commented",
      "comment on table items is 'now with a comment'",
      ({ json }) => json[0].c === "now with a comment",
    ],
    ["tenants", "set app.tenant = 'b'", ({ json }) => json[0].t === "b"],
  ])("%s", async (view, sql, expected) => {
    await moves(`/rest/v1/${view}`, sql, expected);
    expect(await caveatsOf(`/rest/v1/${view}`)).not.toEqual([]);
  });

  it("a position in the log", async () => {
    const { json } = await stack.read("/rest/v1/located");
    await moves("/rest/v1/located", "insert into parents values (99, 'x')", (answer) => {
      return answer.json[0].at !== json[0].at;
    });
  });

  it("a type cast to JSON by user code that may read the request", async () => {
    for (const select of ["name", "id"])
      expect(await caveatsOf(`/rest/v1/cast_items?select=${select}`)).toEqual(["reads-request"]);
  });
});

it("I8. a query that reads the request's headers is passed through", async () => {
  for (const headers of [{}, { "cf-ipcountry": "XX" }]) {
    const { cacheStatus } = await stack.read("/rest/v1/abroad", { headers });
    expect(cacheStatus).toBe("tidemark; fwd=bypass; detail=reads-request");
  }
});

describe("I1. rows that a dump loads while foreign keys are not enforced", () => {
  it("find the parent that comes later", async () => {
    await stack.supabase.db.exec(`
      set session_replication_role = replica;
      insert into kids values (1, 7);
      set session_replication_role = origin;`);
    const path = "/rest/v1/kids?select=id,parents(name)";
    expect((await stack.read(path)).json).toEqual([{ id: 1, parents: null }]);
    await moves(
      path,
      "insert into parents values (7, 'late')",
      ({ json }) => json[0].parents?.name === "late",
    );
  });

  it("make a parent that comes later appear", async () => {
    await stack.supabase.db.exec(`
      set session_replication_role = replica;
      insert into kids values (2, 8);
      set session_replication_role = origin;`);
    await moves(
      "/rest/v1/parents?select=id,kids!inner(id)&order=id",
      "insert into parents values (8, 'late')",
      (answer) => ids(answer) === "7,8",
    );
  });
});

it("I1. a row that moves to another partition leaves a view over the one it was in", () =>
  moves(
    "/rest/v1/low?select=id&order=id",
    "update part set k = 2 where id = 1",
    (answer) => ids(answer) === "2",
  ));

it.each([
  ["ia=eq.{1,2}", ""],
  ["ia=neq.{1,2}", "1,2"],
])("I1. an array that begins elsewhere is another array: %s", async (filter, expected) => {
  await stack.supabase.db.exec("update lists set ia = '{1,2}' where id = 1");
  await moves(
    `/rest/v1/lists?select=id&order=id&${filter}`,
    "update lists set ia = '[0:1]={1,2}' where id = 1",
    (answer) => ids(answer) === expected,
  );
});
