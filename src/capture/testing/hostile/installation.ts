import type { Random } from "../../../../testing/soundness/random.ts";
import { trapBody, trapCondition } from "./trap.ts";

/** Roles belong to the server. `supa` is like `postgres` on Supabase: the database's owner, but no superuser. */
export const ROLES_SQL = `
create role mallory login password 'x'; create role bob login password 'x'; create role anon nologin;
create role supa login password 'x' createrole createdb;
create role authenticator login noinherit password 'x';
grant anon, mallory to authenticator; grant mallory to supa;
`;

export interface Installation {
  /** The role that runs our SQL. */
  readonly installer: "postgres" | "supa";
  /** The installer's search path, from the settings of the role or the database. */
  readonly searchPath: string;
  /** PostgreSQL 14 lets any role CREATE in `public`. */
  readonly publicCreate: boolean;
  /** Whether she may create schemas: one with the name of the installer, or of ours. */
  readonly schemas: boolean;
}

const DEFAULT_PATH = '"$user", public';

export function randomInstallation(random: Random): Installation {
  return {
    installer: random.pick(["postgres", "postgres", "supa"] as const),
    searchPath: random.pick([
      DEFAULT_PATH,
      DEFAULT_PATH,
      "public, pg_catalog",
      "public",
      "pg_catalog, public",
    ]),
    publicCreate: random.chance(80),
    schemas: random.chance(50),
  };
}

/** What the database's owner has made before the attacker begins. */
export function installationSql(database: string, installation: Installation): string {
  return `
alter database ${database} owner to ${installation.installer};
alter schema public owner to ${installation.installer};
${installation.publicCreate ? "grant create on schema public to public;" : "revoke create on schema public from public;"}
${installation.schemas ? `grant create on database ${database} to mallory;` : ""}
create schema app authorization supa; grant usage on schema app to public;
create schema shop authorization mallory; grant usage on schema shop to public;
set role supa;
create table app.notes (id int primary key, body text);
grant select, insert, update, delete, truncate, references, trigger on app.notes to mallory, bob;
reset role;
alter default privileges for role supa in schema public grant execute on functions to mallory, anon;
`;
}

const COLUMNS: readonly (readonly [definition: string, value: string])[] = [
  ["mood shop.mood", "'sad'"],
  ["moods shop.mood[]", "'{sad,glad}'"],
  ["grid shop.mood[]", "'[0:0][2:3]={{sad,glad}}'"],
  ["pair shop.pair", "'(1,sad)'"],
  ["pairs shop.pair[]", `'{"(1,sad)"}'`],
  ["hold shop.hold", `'("(1,sad)",{glad})'`],
  ["small shop.small", "'7'"],
  ["tempered shop.tempered", "'glad'"],
  ["tempers shop.tempers", "'{sad}'"],
  ["span shop.span", "'[1,5)'"],
  ["spans shop.spans", "'{[1,5),[7,9)}'"],
  ["other shop.other", "'(1,sad,x)'"],
  ["js json", `'{"a": 1}'`],
  ["jsb jsonb", `'{"a": [1, null]}'`],
  ["at timestamptz", "'2026-01-02 03:04:05+00'"],
  ["price money", "'12.50'"],
  ["raw bytea", "'\\xdeadbeef'"],
  ["digits numeric", "'1.50'"],
  ["real float8", "'0.1'"],
  ["numbers int[]", "'[0:1]={4,5}'"],
  ["board int[]", "'[1:2][0:1]={{1,2},{3,4}}'"],
  ["class regclass", "'pg_class'"],
  ["role regrole", "'bob'"],
  ['kind "char"', "'x'"],
  ['"an \'odd" text', "'y'"],
  ['"$body$ %s %1$I" text', "'z'"],
  ['"r" text', "'r'"],
  ['"new_image" text', "'n'"],
  ["computed int generated always as (shop.computed(id)) stored", "default"],
  ["given text default shop.given()", "default"],
];

/** Her own objects, and the columns of her watched table. */
export interface Shop {
  readonly sql: readonly string[];
  readonly columns: readonly string[];
  /** The values of all columns but the first, as written in VALUES. */
  readonly values: string;
}

export function randomShop(random: Random): Shop {
  const chosen = random.some(COLUMNS, 3 + random.below(8));
  const names = chosen.map(([definition]) => /^("[^"]*"|\w+)/.exec(definition)?.[0] ?? "");
  const definitions = ["id int primary key", "label text", ...chosen.map(([definition]) => definition)].join(
    ", ",
  );
  return {
    columns: ["id", "label", ...names],
    values: ["'a label'", ...chosen.map(([, value]) => value)].join(", "),
    sql: [
      "create type shop.mood as enum ('sad', 'glad')",
      "create type shop.pair as (n int, m shop.mood)",
      "create type shop.hold as (p shop.pair, m shop.mood[])",
      `create domain shop.small as int check (${trapCondition("the domain shop.small")})`,
      "create domain shop.tempered as shop.mood",
      "create domain shop.tempers as shop.mood[]",
      `create function shop.apart(int, int) returns float8 immutable ${trapBody("subtype_diff", "$1 - $2")}`,
      "create type shop.span as range (subtype = int4, subtype_diff = shop.apart, multirange_type_name = shop.spans)",
      "create table shop.other (a int, b shop.mood, c text)",
      `create function shop.step0(text) returns text ${trapBody("an aggregate")}`,
      `create function shop.step1(text, anyelement) returns text ${trapBody("an aggregate")}`,
      `create function shop.step2(text, anyelement, anyelement) returns text ${trapBody("an aggregate")}`,
      `create function shop.computed(int) returns int immutable ${trapBody("a generated column", "$1")}`,
      `create function shop.given() returns text ${trapBody("a default", "'given'")}`,
      `create table shop.items (${definitions})`,
      `create table shop.parted (id int, at int default length(shop.given()), label text, mood shop.mood) partition by list (at)`,
      "create table shop.part5 partition of shop.parted for values in (5)",
      "create table shop.part6 partition of shop.parted for values in (6)",
      "create table shop.loose (id int primary key, mood shop.mood)",
      "create table shop.part7 (id int, at int, label text, mood shop.mood)",
      "grant all on all tables in schema shop to bob",
      `create function shop.fired() returns trigger language plpgsql as $$ begin perform canary.trap('a trigger of ' || tg_table_name); return coalesce(new, old); end $$`,
      ...HELPERS,
      ...random.some(ON_ITEMS, 4),
    ],
  };
}

/** Her functions of SQL that are analysed after each change of the schema, as her view calls them. */
const HELPERS = [
  `set local check_function_bodies = off; create function shop.closes() returns boolean language sql as $f$ select true; end; select ${trapCondition("a body that ends early")} $f$`,
  `set local check_function_bodies = off; create function shop.closes_anew() returns boolean language sql as $f$ end; select ${trapCondition("a body that ends at once")} $f$`,
  "create function shop.lists() returns boolean language sql as $f$ select '{7}'::shop.small[] is null $f$",
  "create function shop.sees(int) returns boolean language sql security definer set search_path = shop as $f$ select exists (select from items where id = $1) $f$",
  "create view shop.helped as select shop.closes() as a, shop.closes_anew() as b, shop.lists() as c, shop.sees(1) as d",
];

/** Her code that any write to her table runs in the writer's name. */
const ON_ITEMS = [
  "create trigger a_before before insert or update or delete on shop.items for each row execute function shop.fired()",
  "create trigger zz_after after insert or update or delete on shop.items for each row execute function shop.fired()",
  "create trigger zz_statement after insert or update or delete or truncate on shop.items for each statement execute function shop.fired()",
  "create constraint trigger late after insert on shop.items deferrable initially deferred for each row execute function shop.fired()",
  `alter table shop.items add constraint checked check (${trapCondition("a check")})`,
  "create index on shop.items (shop.computed(id)) where shop.computed(id) > 0",
  `alter table shop.items enable row level security; alter table shop.items force row level security;
   create policy everybody on shop.items using (${trapCondition("a policy")}) with check (${trapCondition("a policy")})`,
  `create view shop.seen as select * from shop.items where ${trapCondition("a view")}`,
  "create function shop.twice(shop.items) returns text language sql as 'select $1.label || $1.label'",
  'create domain shop."*/*" as bytea',
  `create rule noted as on insert to shop.loose do also select ${trapCondition("a rule")}`,
];
