import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FunctionConfig } from "../../src/gateway/config/function-config.ts";
import { type Database, openServer } from "../../testing/soundness/database.ts";
import { ANN, atomic, type Called, plpgsql, quoted, Stage } from "./rig.ts";

// A function gives another answer after a change: what was kept of it is given up, or counts by its age only.

const SETUP = `
create table public.parts (id int, kind text) partition by list (kind);
create table public.part_a partition of public.parts for values in ('a');
create table public.animals (id int);
create table public.cats () inherits (public.animals);
create table public.sums (id int primary key, a int, kept int generated always as (a * 2) stored,
  made int generated always as (a * 3) virtual);
insert into public.sums values (1, 1);
create table public.inbox (id int);
create table public.outbox (id int);
create rule forwards as on insert to public.inbox do instead insert into public.outbox values (new.id);
create table public.noted (id int);
create function private.notes() returns trigger language plpgsql as 'begin insert into public.noted values (new.id); return new; end';
create trigger notes after insert on public.animals for each row execute function private.notes();
create materialized view public.counted as select count(*) as n from public.teams;
create sequence public.counter; grant select on sequence public.counter to public;
create table public.gates (id int, u uuid); insert into public.gates values (1, '${ANN}');
alter table public.gates enable row level security;
create policy own on public.gates to staff using (exists (select from public.teams t where t.owner = u));
insert into public.teams values (1, 'one', '${ANN}'), (2, 'two', null);
insert into public.memberships values (1, '${ANN}');
insert into public.docs (id, title, team_id) values (1, 'first', 1);
insert into public.notes (id, body) values (1, 'n');
create function private.helper() returns int language sql stable as 'select 1';
create function private.opaque() returns int language plpgsql stable as 'begin return (select count(*) from public.teams); end';
create function private.rows() returns setof public.teams language sql stable as 'select * from public.teams';
create domain public.small as int check (value < 10);
`;
const TABLES = ["parts", "animals", "cats", "sums", "inbox", "outbox", "noted", "gates"];

const BY_STAFF = "; alter function public.f() security definer; alter function public.f() owner to staff";
const ARGUMENT = (body: string) =>
  `create function public.f(t text) returns bigint language plpgsql stable as $f$ begin return (${body}); end $f$`;

let database: Database;
beforeAll(async () => {
  database = await openServer();
});
afterAll(() => database?.close());

interface Moved extends Called {
  readonly moved: string;
}

const count = (relation: string) => atomic(`select count(*) from ${relation}`, "bigint");

const UNDERSTOOD: readonly (readonly [string, Moved])[] = [
  ["a row comes into a partition", { sql: count("public.parts"), moved: "insert into public.part_a values (1, 'a')" }],
  ["a partition comes", { sql: count("public.parts"), moved: `create table public.part_b (id int, kind text);
    insert into public.part_b values (2, 'b'); alter table public.parts attach partition public.part_b for values in ('b')` }],
  ["a partition goes", { sql: count("public.parts"), moved: "alter table public.parts detach partition public.part_b" }],
  ["a row comes into what inherits", { sql: count("public.animals"), moved: "insert into public.cats values (1)" }],
  ["a rule writes elsewhere", { sql: count("public.outbox"), moved: "insert into public.inbox values (1)" }],
  ["a trigger writes elsewhere", { sql: count("public.noted"), moved: "insert into public.animals values (7)" }],
  ["a table is emptied", { sql: count("public.noted"), moved: "truncate public.noted" }],
  ["a stored column is made of what changes", { sql: atomic("select kept from public.sums", "int"), moved: "update public.sums set a = a + 1" }],
  ["a virtual column is made of what changes", { sql: atomic("select made from public.sums", "int"), moved: "update public.sums set a = a + 1" }],
  ["a column changes that only an order reads", { sql: atomic("select id from public.teams order by name limit 1", "int"), moved: "update public.teams set name = 'z' where id = 1" }],
  ["a column changes that only a window reads", { sql: atomic("select sum(n)::int from (select id * rank() over (order by name) as n from public.teams) x", "int"), moved: "update public.teams set name = 'a' where id = 1" }],
  ["a column changes in a row that is read as a whole", { sql: atomic("select md5(string_agg(t::text, ',')) from public.teams t", "text"), moved: "update public.teams set name = 'y' where id = 1" }],
  ["a column changes in the rows of another function", { sql: atomic("select string_agg(r.name, ',') from private.rows() r", "text"), moved: "update public.teams set name = 'x' where id = 1" }],
  ["a column changes in a text's rows", { sql: quoted("select string_agg(r.name, ',') from private.rows() r", "text"), moved: "update public.teams set name = 'w' where id = 1" }],
  ["a materialized view is made anew", { sql: atomic("select n from public.counted", "bigint"), moved: "insert into public.teams values (9, 'n', null); refresh materialized view public.counted" }],
  ["a sequence moves", { sql: atomic("select last_value from public.counter", "bigint"), moved: "select nextval('public.counter'), nextval('public.counter')" }],
  ["a system column moves", { sql: atomic("select max(xmin::text::bigint) from public.teams where id = 2", "bigint"), moved: "update public.teams set name = name where id = 2" }],
  ["a helper is replaced", { sql: atomic("select private.helper()", "int"), moved: "create or replace function private.helper() returns int language sql stable as 'select 2'" }],
  ["an enum gets another value", { sql: atomic("select enum_range(null::public.app_role)::text", "text"), moved: "alter type public.app_role rename value 'editor' to 'writer'" }],
  ["a domain gets another check", { sql: atomic("select 7", "public.small"), moved: "alter domain public.small add check (value < 5)" }],
  ["a default of an argument is another", { sql: "create function public.f(n int default 1) returns int language sql stable as 'select n'", moved: "create or replace function public.f(n int default 2) returns int language sql stable as 'select n'" }],
  ["what the owner's policies look up changes", { sql: count("public.gates") + BY_STAFF, moved: "update public.teams set owner = null where id = 1" }],
  ["the owner is another", { sql: count("public.gates") + BY_STAFF, moved: "alter function public.f() owner to postgres" }],
  ["it runs as its caller", { sql: `${count("public.gates")} ; alter function public.f() security definer`, moved: "alter function public.f() security invoker" }],
  ["policies bind no more", { sql: count("public.gates"), moved: "alter table public.gates disable row level security" }],
  ["policies bind from now on", { sql: count("public.notes"), moved: "alter table public.notes enable row level security" }],
  ["rows go with those they refer to", { sql: count("public.memberships"), moved: "delete from public.teams where id = 1" }],
  ["a right is taken away", { sql: count("public.teams"), moved: "revoke select on public.teams from anon" }],
]; // biome-ignore format: a table

const BY_WORD: readonly (readonly [string, Moved])[] = [
  ["its word by row does not rule the row out", { sql: ARGUMENT("select count(*) from public.docs d where d.title = t"), search: "t=new", as: "public.f('new')", moved: "insert into public.docs (id, title) values (5, 'new')" }],
  ["its word by row has no argument", { sql: ARGUMENT("select count(*) from public.docs d where d.title = t or t is null"), body: '{"t":null}', as: "public.f(null)", moved: "insert into public.docs (id, title) values (6, 'other')" }],
  ["what a helper reads that nobody can look into changes", { sql: plpgsql("begin return private.opaque(); end", "int"), moved: "insert into public.teams values (11, 'k', null)" }],
]; // biome-ignore format: a table

const KINDS: readonly (readonly [string, FunctionConfig, readonly (readonly [string, Moved])[]])[] = [
  ["that Postgres understands", {}, UNDERSTOOD],
  ["that its owner speaks for", { dependsOn: { docs: "title=eq.{t}", teams: true } }, BY_WORD],
];

describe.each(KINDS)("I7. what was kept of a function %s is given up when", (_, said, moves) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(database, SETUP, { tables: TABLES, said });
  });

  test.each(moves)("%s", async (_, called) => {
    const { before, after, isGivenUp } = await stage.overTime(called);
    expect(after).not.toBe(before);
    expect(isGivenUp).toBe(true);
  });
});
