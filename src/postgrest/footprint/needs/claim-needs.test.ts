import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUTH_SQL } from "../../../../testing/auth-sql.ts";
import { openPglite } from "../../../../testing/pglite.ts";
import { pathText } from "../../claims/claims.ts";
import { parseQuery } from "../../query/parse.ts";
import type { Schema } from "../../schema/schema.ts";
import { describedBy } from "../../testing/described.ts";
import type { Declared } from "../footprint.ts";
import { footprintOf } from "../footprint-of.ts";
import type { ClaimNeeds, DeclaredClaims } from "./claim-closure.ts";
import { claimNeeds } from "./claim-needs.ts";

const policy = (table: string, using: string) =>
  `alter table ${table} enable row level security; create policy own on ${table} for select using (${using});`;

const SQL = `
create table plain (id int primary key);
create table owned (id int primary key, plain_id int references plain, user_id uuid);
${policy("owned", "user_id = auth.uid()")}
create table tags (id int primary key);
${policy("tags", "id = (auth.jwt() ->> 'tag')::int")}
create table owned_tags (owned_id int references owned, tag_id int references tags, primary key (owned_id, tag_id));
${policy("owned_tags", "auth.role() = 'authenticated'")}
create table looking (id int primary key, owned_id int);
${policy("looking", "owned_id in (select id from owned)")}
create table deeper (id int primary key, looking_id int);
${policy("deeper", "exists (select from looking l where l.id = deeper.looking_id)")}
create view seen as select id from owned;
create view telling as select id, auth.email() as mine from plain;
create function computed(plain) returns text language sql stable begin atomic select auth.jwt() ->> 'name'; end;
create function kin(plain) returns setof owned rows 1 language sql stable begin atomic select * from owned where plain_id = $1.id; end;
create function first_owned() returns int language sql stable begin atomic select min(id) from owned; end;
create table calling (id int primary key);
${policy("calling", "id = first_owned()")}
create table metadata (id int primary key, tenant text, org text);
${policy("metadata", "tenant = auth.jwt() -> 'app_metadata' ->> 'tenant' and (auth.jwt() -> 'app_metadata') ? org")}
create function opaque(int) returns boolean language plpgsql stable as
  'begin return current_setting(''request.jwt.claims'', true) is not null; end';
create table guarded (id int primary key);
${policy("guarded", "opaque(id)")}
create table headed (id int primary key);
${policy("headed", "current_setting('request.headers', true)::json ->> 'x-org' = 'a'")}
create table tokens (id int primary key, session text);
${policy("tokens", "session = auth.jwt() ->> 'session_id'")}
create table wholes (id int primary key, claims jsonb);
${policy("wholes", "claims <@ auth.jwt()")}
create table configured (id int primary key, name text);
${policy("configured", "name = current_setting('app.name', true)")}
create table published (id int primary key, parent int references published, shown boolean, title text, owner uuid);
${policy("published", "(shown and title is not null) or title = 'free' or owner = auth.uid()")}
create table limited (id int primary key, shown boolean, owner uuid);
${policy("limited", "shown or owner = auth.uid()")}
create policy mfa on limited as restrictive for select using (auth.jwt() ->> 'aal' = 'aal2');
create table meant (id int primary key, shown boolean, owner uuid);
${policy("meant", "owner = auth.uid()")}
create role publisher; create policy for_others on meant for select to publisher using (shown);
create view of_publisher as select id from meant; alter view of_publisher owner to publisher;
create function anything(anyelement) returns int language plpgsql stable as 'begin return 1; end';
create table timed (id int primary key, until timestamptz);
${policy("timed", "until > now()")}
`;

let database: PGlite;
let schema: Schema;

beforeAll(async () => {
  database = await openPglite();
  await database.exec(AUTH_SQL + SQL);
  schema = await describedBy(database, { reader: "authenticated" });
});

afterAll(() => database.close());

interface Question {
  readonly declaredClaims?: DeclaredClaims;
  readonly declared?: Partial<Declared>;
  readonly described?: Schema;
}

function asked(relation: string, search: string, { declared, described = schema }: Question = {}) {
  const read = { schema: "public", relation, search };
  const all: Declared = {
    tables: new Set(described.keys()),
    dependsOn: new Map(),
    obeysPolicies: true,
    ...declared,
  };
  return [read, parseQuery(relation, search), all, described] as const;
}

const needs = (relation: string, search = "", question: Question = {}) =>
  claimNeeds(...asked(relation, search, question), question.declaredClaims ?? new Map());

const known = (...paths: readonly (readonly string[])[]) => expect.objectContaining({ kind: "known", paths });

describe("S7. claims are needed by everything that a read goes through", () => {
  test.each<[string, string, readonly (readonly string[])[]]>([
    ["plain", "select=id", []],
    ["owned", "", [["sub"]]],
    ["plain", "select=id,owned(id)", [["sub"]]],
    ["owned", "select=id,tags(id)", [["role"], ["sub"], ["tag"]]],
    ["looking", "", [["sub"]]],
    ["deeper", "", [["sub"]]],
    ["seen", "", [["sub"]]],
    ["telling", "select=id", [["email"]]],
    ["plain", "select=id,computed", [["name"]]],
    ["plain", "computed=eq.x", [["name"]]],
    ["plain", "select=id,kin(id)", [["sub"]]],
    ["calling", "", [["sub"]]],
    ["timed", "", []],
    // The whole contains its parts.
    ["metadata", "", [["app_metadata"]]],
  ])("%s?%s", (relation, search, paths) => {
    const found = needs(relation, search);
    expect(found).toEqual(known(...paths));
    const reader = { role: "authenticated", claims: new Map(paths.map((path) => [pathText(path), null])) };
    const { relations } = found as Extract<ClaimNeeds, { kind: "known" }>;
    expect(footprintOf(...asked(relation, search), reader)).toMatchObject({ footprint: { relations } });
  });
});

describe("S14. claims that cannot matter to a query are not needed", () => {
  test.each([
    "title=eq.free",
    "title=eq.free&shown=is.false&select=id",
    "shown=eq.true&title=not.is.null",
    "shown=is.true&title=not.is.null&order=id&limit=3",
  ])("%s finds only what everybody may see", (search) => {
    expect(needs("published", search)).toEqual(known());
  });

  test.each([
    "",
    "shown=eq.true",
    "title=eq.Free",
    "title=neq.free",
    "title=not.eq.free",
    "title=in.(free)",
    "or=(title.eq.free,id.eq.1)",
    // The embedded rows are of the same relation, and not filtered.
    "title=eq.free&select=id,published(id)",
    "select=id,title:id&title=eq.x",
  ])("%s may find others", (search) => {
    expect(needs("published", search)).toEqual(known(["sub"]));
  });

  test("what a policy lets others see is nobody else's", () => {
    expect(schema.get("public.meant")?.reads?.policies).toHaveLength(2);
    expect(needs("meant", "shown=eq.true")).toEqual(known(["sub"]));
  });

  test("what a restrictive policy reads always matters", () => {
    expect(needs("limited", "shown=eq.true")).toEqual(known(["aal"]));
    expect(needs("limited", "id=eq.1")).toEqual(known(["aal"], ["sub"]));
  });
});

describe("S4. claims that are not understood are not guessed", () => {
  const opaque = {
    kind: "unknown",
    because: "reading public.guarded uses public.opaque(integer), which may read any claim",
    opaque: "public.opaque",
  };

  test("a function that cannot be looked into may read any, and `dependsOn` says nothing of that", () => {
    expect(needs("guarded")).toEqual(opaque);
    expect(needs("guarded", "", { declared: { dependsOn: new Map([["public.guarded", []]]) } })).toEqual(
      opaque,
    );
  });

  test("the owner may say which claims it reads, by its name", () => {
    const declare = (...paths: readonly (readonly string[])[]) =>
      needs("guarded", "", { declaredClaims: new Map([["public.opaque", paths]]) });
    expect(declare()).toEqual(known());
    expect(declare(["sub"], ["app_metadata", "teams", "0"])).toEqual(
      known(["app_metadata", "teams"], ["sub"]),
    );
    expect(declare(["session_id"])).toEqual({
      kind: "unknown",
      because: "public.opaque(integer) reads session_id, which each token has otherwise",
      opaque: null,
    });
  });

  test("a footprint for a reader leaves such a function to the needs, and stays by age", () => {
    const [read, query, declared] = asked("guarded", "");
    const bypass = footprintOf(read, query, declared, schema);
    const result = footprintOf(read, query, declared, schema, { role: "authenticated", claims: new Map() });
    expect(bypass).toEqual({ bypass: "reads-request" });
    expect("footprint" in result && result.footprint.caveats.map(({ culprit }) => culprit)).toEqual([
      "public.opaque(integer)",
    ]);
  });

  test("an answer that may become an error by the reader's claims counts by its age", () => {
    const caveats = (sub: string) => {
      const reader = { role: "authenticated", claims: new Map([['["sub"]', JSON.stringify(sub)]]) };
      const result = footprintOf(...asked("looking", ""), reader);
      return "footprint" in result && result.footprint.caveats.map(({ culprit }) => culprit);
    };
    expect(caveats("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")).toEqual([]);
    expect(caveats("user_2ab")).toEqual([
      "policy own on public.owned, with claims that Postgres may refuse to cast",
    ]);
  });

  test.each([
    ["tokens", "policy own on public.tokens reads session_id, which each token has otherwise"],
    ["wholes", "policy own on public.wholes reads all of the token's claims, which each token has otherwise"],
  ])("what %s depends on is another thing in each token", (relation, because) => {
    expect(needs(relation)).toEqual({ kind: "unknown", because, opaque: null });
  });

  test("a name that is no column may be any function over the row", () => {
    expect(needs("plain", "select=id,anything")).toMatchObject({ kind: "unknown" });
  });

  test("a relation of which the database tells nothing", () => {
    const because = "the database does not describe public.owned";
    const without = new Map([...schema].filter(([name]) => name !== "public.owned"));
    expect(needs("owned", "", { described: without })).toEqual({ kind: "unknown", because, opaque: null });
    expect(needs("deeper", "", { described: without })).toEqual({ kind: "unknown", because, opaque: null });
    const outline = new Map(schema);
    const owned = schema.get("public.owned");
    if (owned) outline.set("public.owned", { ...owned, columns: new Map() });
    expect(needs("looking", "", { described: outline })).toEqual({ kind: "unknown", because, opaque: null });
  });

  test("claims in a text that is not accounted for", () => {
    const owned = schema.get("public.owned");
    const [source] = owned?.reads?.claims ?? [];
    if (!owned?.reads || !source) throw new Error("no claims");
    const claims = [{ ...source, readers: source.readers + 1 }];
    const described = new Map(schema).set("public.owned", { ...owned, reads: { ...owned.reads, claims } });
    expect(needs("owned", "", { described })).toEqual({
      kind: "unknown",
      because: "policy own on public.owned reads the token's claims in a way that is not understood",
      opaque: null,
    });
  });
});

describe("S4. what is not in the token is in no audience", () => {
  test("headers, unless they are in the key, and settings", () => {
    const bypass = { kind: "bypass", reason: "reads-request" };
    expect(needs("headed")).toEqual(bypass);
    expect(needs("headed", "", { declared: { keyedHeaders: new Set(["x-org"]) } })).toEqual(known());
    expect(needs("configured")).toEqual(bypass);
  });

  test("an embed that is not known", () => {
    expect(needs("plain", "select=id,nothing(id)")).toEqual({ kind: "bypass", reason: "unknown-embed" });
  });

  test("a pre-request runs before every read", async () => {
    await database.exec(`
      create function pre() returns void language plpgsql as
        'begin perform set_config(''app.x'', current_setting(''request.jwt.claims'', true), true); end';
      alter role postgres set pgrst.db_pre_request = 'public.pre';`);
    const described = await describedBy(database, { reader: "authenticated" });
    expect(needs("plain", "", { described })).toEqual({
      kind: "unknown",
      because: "reading public.plain uses public.pre(), which may read any claim",
      opaque: "public.pre",
    });
    const declaredClaims = new Map([["public.pre", [["sub"]]]]);
    expect(needs("plain", "", { described, declaredClaims })).toEqual(known(["sub"]));
  });
});
