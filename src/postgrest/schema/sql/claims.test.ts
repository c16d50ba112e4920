import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../../../testing/postgres.ts";
import { parseSchema } from "../parse-schema.ts";
import type { Reads, Schema } from "../schema.ts";
import { SCHEMA_FUNCTION_SQL } from "./schema-sql.ts";

const UID = `
  select
  coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
`;
const JWT = "select nullif(current_setting('request.jwt.claims', true), '')::jsonb";

const FUNCTIONS = `
  create schema auth; create schema "Auth";
  create type mood as enum ('sad');
  create table teams (id int primary key, members uuid[]);
  create table memberships (team_id int, user_id uuid);
  create table secrets (id int, owner text);
  create function auth.uid() returns uuid language sql stable as $$${UID}$$;
  create function auth.jwt() returns jsonb language sql stable as $$${JWT}$$;
  create function auth.jwt(text) returns jsonb language sql stable as 'select $1::jsonb';
  create function "Auth".uid() returns text language sql stable as $$${JWT} ->> 'email'$$;
  create function "Auth"."user"() returns text language sql stable as $$${JWT} ->> 'name'$$;
  create function auth.lying() returns uuid language sql immutable as $$${UID}$$;
  create function auth.two() returns text language sql stable as $$${JWT} ->> 'a'$$;
  create function auth.two(int) returns text language sql stable as $$${JWT} ->> 'b'$$;
  create function claimed(int, int) returns text language sql stable as $$${JWT} ->> 'c'$$;
  create operator ~~> (leftarg = int, rightarg = int, function = claimed);
  create function gathered(text, int) returns text language sql stable as $$${JWT} ->> 'd'$$;
  create aggregate gather(int) (sfunc = gathered, stype = text);
  create function is_member(team int) returns boolean language sql stable begin atomic
    select exists (select from memberships m where m.team_id = team and m.user_id = auth.uid()); end;
  create function nested(team int) returns boolean language sql stable begin atomic select is_member(team); end;
  create function by_default(id int, whom uuid default auth.uid()) returns boolean language sql stable
    begin atomic select id = 1 and whom is null; end;
  create function folded(id int) returns boolean language sql immutable begin atomic select auth.uid() is null; end;
  create function around(id int) returns boolean language sql immutable begin atomic select is_member(id); end;
  create function opaque() returns uuid language plpgsql stable as 'begin return auth . "uid" (); end';
  create function commented() returns uuid language plpgsql stable as 'begin return auth.uid /* */ (); end';
  create function fixed() returns uuid language plpgsql immutable as 'begin return auth.uid(); end';
  create function through(id int) returns boolean language plpgsql stable as 'begin return exists (select from secrets s where s.id = id); end';
  create function harmless(uid uuid, notes text) returns boolean language plpgsql immutable as 'begin return uid is null and notes is null; end';
  create function setting(name text) returns text language sql stable begin atomic select current_setting(name, true); end;
  create function spoofing() returns text language sql volatile
    begin atomic select set_config('request.jwt.claims', '{}', true); end;
  create function mood_uid(mood) returns uuid language sql stable as $$${UID}$$;
  create cast (mood as uuid) with function mood_uid(mood);
  create function mine(teams) returns uuid language sql stable as $$${UID}$$;
  create function joined(t teams) returns boolean language sql stable begin atomic select is_member(t.id); end;
  create view "My View" as select t.id, auth.uid() as me from teams t;
  create view above as select id from "My View" where "Auth".uid() = 'x';
  create function through_view() returns boolean language plpgsql stable as 'begin return exists (select from "My View"); end';
  alter table secrets enable row level security;
  create policy own on secrets using (owner = "Auth"."user"());
`;

let postgres: Postgres;
let sql: Sql;
const statements: string[] = [];
let readsBy: (relation: string) => Reads;
let computedReads: (name: string) => Reads;

beforeAll(async () => {
  postgres = await startPostgres();
  sql = postgres.sql({ max: 1 });
  await sql.unsafe(FUNCTIONS).simple();
  await sql.unsafe(statements.join(";\n")).simple();
  await sql.unsafe(SCHEMA_FUNCTION_SQL).simple();
  const schema = await described();
  computedReads = (name) => schema.get("public.teams")?.computed.get(name)?.reads as Reads;
  readsBy = (relation) => {
    const reads = schema.get(relation)?.reads;
    if (reads === undefined) throw new Error(`${relation} reads nothing`);
    return reads;
  };
});
afterAll(() => postgres?.stop());

async function described(): Promise<Schema> {
  const [row] = await sql<[{ schema: string }]>`select tidemark_schema()::text as schema`;
  return parseSchema(row.schema);
}

/** Call it while tests are collected. */
function policyReads(condition: string): () => Reads {
  const name = `p${statements.length}`;
  statements.push(`create table ${name} (id int, owner uuid, label text); alter table ${name} enable row level security;
    create policy own on ${name} for select using (${condition})`);
  return () => readsBy(`public.${name}`);
}

/** `text` without the relation's number. */
const sources = ({ claims }: Reads) =>
  claims.map(({ culprit, text, readers, functions }) => ({
    culprit: culprit.replace(/p\d+/, "p"),
    text: text.replaceAll(/\s+/g, " "),
    readers,
    functions: [...functions.keys()].sort(),
  }));

const policy = (text: string, readers: number, ...functions: string[]) => ({
  culprit: "policy own on public.p",
  text,
  readers,
  functions,
});

const MEMBER = {
  culprit: "public.is_member(team integer)",
  text: expect.stringMatching(/memberships m WHERE .* = auth\.uid\(\)/),
  readers: 1,
  functions: ["auth.uid"],
};

describe("S5. what reads claims is told with all that names it", () => {
  test.each(
    (
      [
        ["true", []],
        ["owner = auth.uid()", [policy("(owner = auth.uid())", 1, "auth.uid")]],
        [
          "owner = (select auth.uid()) or auth.uid() is null",
          [policy("((owner = ( SELECT auth.uid() AS uid)) OR (auth.uid() IS NULL))", 2, "auth.uid")],
        ],
        [
          `label = "Auth".uid() and label <> "Auth"."user"() and owner = auth.uid()`,
          [
            policy(
              `((label = "Auth".uid()) AND (label <> "Auth"."user"()) AND (owner = auth.uid()))`,
              3,
              ...['"Auth"."user"', '"Auth".uid', "auth.uid"],
            ),
          ],
        ],
        [
          "label = auth.jwt() ->> 'a' and auth.jwt('{}') is not null",
          [
            policy(
              "((label = (auth.jwt() ->> 'a'::text)) AND (auth.jwt('{}'::text) IS NOT NULL))",
              1,
              "auth.jwt",
            ),
          ],
        ],
        [
          "label = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'org')",
          [
            policy(
              "(label = ((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json ->> 'org'::text))",
              1,
            ),
          ],
        ],
        [
          "label = current_setting('Request.JWT.Claim.sub')",
          [policy("(label = current_setting('Request.JWT.Claim.sub'::text))", 1)],
        ],
        ["exists (select from secrets s where s.id = p.id)".replace("p.id", "1"), []],
        ["is_member(id)", [MEMBER]],
        [
          "nested(id) and owner = auth.uid()",
          [
            policy("(nested(id) AND (owner = auth.uid()))".replace("nested", "public.nested"), 1, "auth.uid"),
            MEMBER,
          ],
        ],
        [
          "by_default(id)",
          [
            {
              culprit: "public.by_default(id integer, whom uuid)",
              text: expect.stringMatching(/^BEGIN ATOMIC .* END, auth\.uid\(\)$/),
              readers: 1,
              functions: ["auth.uid"],
            },
          ],
        ],
        ["harmless(owner, label)", []],
        ["pg_has_role('postgres', 'usage')", []],
        ["jsonb_populate_record(null::teams, '{}') is null", []],
      ] as const
    ).map(([condition, expected]) => [condition, expected, policyReads(condition)] as const),
  )("%s", (_, expected, reads) => {
    expect(sources(reads())).toEqual(expected);
    expect(reads().request).toEqual([]);
  });

  test("the functions' bodies are whole", () => {
    const { claims } = readsBy("public.p1");
    expect(claims[0]?.functions.get("auth.uid")).toBe(UID);
  });

  test("views, also those of others", () => {
    expect(sources(readsBy("public.My View"))).toEqual([
      {
        culprit: "view public.My View",
        text: expect.stringContaining("auth.uid() AS me"),
        readers: 1,
        functions: ["auth.uid"],
      },
    ]);
    expect(sources(readsBy("public.above"))).toMatchObject([
      { culprit: "view public.above", functions: ['"Auth".uid'] },
    ]);
    expect([...readsBy("public.above").relations.keys()]).toContain("public.My View");
  });
});

describe("S5. what does not name all that reads claims has no text, so it counts as not understood", () => {
  test.each(
    (
      [
        ["(1 ~~> 2) = label and owner = auth.uid()", "policy own on public.p"],
        ["(select gather(n) from generate_series(1, 2) n) = label", "public.gather(integer)"],
        ["('sad'::mood)::uuid = owner", "policy own on public.p"],
        ["auth.two() = label or auth.two(1) = label", "policy own on public.p"],
        ["opaque() = owner", "public.opaque()"],
        ["commented() = owner", "public.commented()"],
        ["through(id)", "public.through(id integer)"],
        ["array_in('{1}', 'mood'::regtype, -1) is null", "pg_catalog.array_in(cstring, oid, integer)"],
        ["inet_client_addr() is null", "pg_catalog.inet_client_addr()"],
        ["current_setting('app.tenant', true) = label", "policy own on public.p"],
        ["through_view()", "public.through_view()"],
        [
          "exists (select from xmltable('/r' passing xmlparse(document '<r/>') columns a text))",
          "policy own on public.p",
        ],
      ] as const
    ).map(([condition, culprit]) => [condition, culprit, policyReads(condition)] as const),
  )("%s", (_, culprit, reads) => {
    const told = sources(reads());
    expect(told.map(({ culprit }) => culprit)).toEqual([culprit]);
    expect(told[0]?.text).toBe("");
    expect(told[0]?.readers).toBeGreaterThan(0);
  });
});

describe("S4, S5. what may read anything, and what Postgres itself keeps for the next reader, bypasses", () => {
  const label = (name: string) => `the label IMMUTABLE of ${name}`;
  test.each(
    (
      [
        ["setting(label) = 'x'", ["a setting whose name is not known"]],
        ["current_setting(label) = 'x'", ["a setting whose name is not known"]],
        ["auth.lying() = owner", ["auth.lying()", label("auth.lying")]],
        ["folded(id)", [label("public.folded")]],
        ["around(id)", [label("public.around")]],
        ["fixed() = owner", [label("public.fixed")]],
        ["spoofing() = label", ["set_config"]],
      ] as const
    ).map(([condition, expected]) => [condition, expected, policyReads(condition)] as const),
  )("%s", (_, expected, reads) => {
    expect(reads().request).toEqual(expected);
  });
});

test("S7. functions over rows tell what they read of the claims by themselves", () => {
  expect(sources(computedReads("mine"))).toEqual([
    {
      culprit: "public.mine(public.teams)",
      text: "SELECT public.mine()",
      readers: 1,
      functions: ["public.mine"],
    },
  ]);
  expect(sources(computedReads("joined"))).toEqual([MEMBER]);
});

test("S4. what PostgREST runs before every read counts for every relation", async () => {
  await sql.unsafe(`alter role postgres set pgrst.db_pre_request = 'public.opaque'`).simple();
  expect(sources((await described()).get("public.teams")?.reads as Reads)).toEqual([
    { culprit: "public.opaque()", text: "", readers: 1, functions: [] },
  ]);
  await sql.unsafe("alter role postgres reset pgrst.db_pre_request").simple();
});

test("S5. a domain whose checks read claims counts wherever one of its values may be made", async () => {
  await sql.unsafe(`
    create domain allowed as int check (auth.uid() is not null or value > 0);
    create table cast_to (id int); alter table cast_to enable row level security;
    create policy own on cast_to for select using (id::allowed > 0);
    create table made (id int); alter table made enable row level security;
    create policy own on made for select using (exists (select from json_to_record('{}') r(a allowed)));`);
  const schema = await described();
  expect(schema.get("public.cast_to")?.reads?.request).toEqual(["the type public.allowed"]);
  expect(schema.get("public.made")?.reads?.request).toContain("the type public.allowed");
});
