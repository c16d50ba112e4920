import type { Random } from "../random.ts";
import { TABLES, type TableName } from "./ground.ts";
import { USERS, userId } from "./people.ts";
import { alterPolicySql, policySql } from "./policies.ts";

/** What happens in the database between two reads. */
export interface Move {
  readonly kind: "row" | "policy" | "role" | "function";
  readonly sql: string;
}

const DOCS = 8;
const TEAMS = 3;

/** The rows to begin with, and policies on every table. */
export function startSql(random: Random): string {
  const tables = TABLES.map((table) => `alter table public.${table} enable row level security;`);
  const policies = TABLES.flatMap((table) => {
    const count = table === "docs" ? 1 + random.below(3) : 1 + random.below(2);
    return Array.from({ length: count }, (_, n) => `${policySql(random, table, `p${n}`)};`);
  });
  const rows = Array.from({ length: 60 }, () => `${rowMove(random)};`);
  const teams = Array.from({ length: TEAMS }, (_, n) => teamSql(random, n + 1));
  return [...tables, ...teams, ...rows, ...policies].join("\n");
}

/** One move; most are changes of rows. */
export function move(random: Random): Move {
  const chance = random.next();
  if (chance < 0.92) return { kind: "row", sql: rowMove(random) };
  const table: TableName = random.chance(0.6) ? "docs" : random.pick(TABLES);
  const name = `p${random.below(3)}`;
  if (chance < 0.95) {
    const sql = `drop policy if exists ${name} on public.${table}; ${policySql(random, table, name)}`;
    return { kind: "policy", sql };
  }
  // Of a policy that is not there: nothing happens.
  if (chance < 0.965) return { kind: "policy", sql: alterPolicySql(random, table, name) };
  if (chance < 0.985) return { kind: "role", sql: random.pick(ROLE_MOVES) };
  return { kind: "function", sql: random.pick(FUNCTION_MOVES) };
}

const ROLE_MOVES = [
  "grant staff to authenticated",
  "revoke staff from authenticated",
  "grant authenticated to staff",
  "revoke authenticated from staff",
  "alter role authenticated bypassrls",
  "alter role authenticated nobypassrls",
  "alter table public.docs disable row level security",
  "alter table public.docs enable row level security",
  "revoke select on public.teams from authenticated",
  "grant select on public.teams to authenticated",
];

const FUNCTION_MOVES = [
  "create or replace function private.is_member(team int) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.memberships m where m.team_id = team and m.user_id = (select auth.uid())) $$",
  "create or replace function private.is_member(team int) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select 1 from public.teams t where t.id = team and t.owner = (select auth.uid())) $$",
  "create or replace function private.is_member(team int) returns boolean language plpgsql stable security definer set search_path = '' as $$ begin return (auth.jwt() ->> 'tenant') = 'red'; end $$",
  "create or replace function private.my_teams() returns setof int language sql stable security definer set search_path = '' as $$ select m.team_id from public.memberships m where m.user_id = auth.uid() $$",
  "create or replace function private.my_teams() returns setof int language sql stable security definer set search_path = '' as $$ select m.team_id from public.memberships m $$",
  "alter view public.open_docs set (security_invoker = off)",
  "alter view public.open_docs set (security_invoker = on)",
];

function rowMove(random: Random): string {
  const doc = 1 + random.below(DOCS);
  const team = 1 + random.below(TEAMS);
  const user = `'${userId(random.below(USERS))}'`;
  const note = 1 + random.below(12);
  return random.pick([
    () => docSql(random, doc),
    () => docSql(random, doc),
    () => `update public.docs set ${docChange(random)} where id = ${doc}`,
    () => `update public.docs set ${docChange(random)} where id = ${doc}`,
    () => `delete from public.docs where id = ${doc}`,
    () => `insert into public.memberships values (${team}, ${user}) on conflict do nothing`,
    () => `insert into public.memberships values (${team}, ${user}) on conflict do nothing`,
    () => `delete from public.memberships where team_id = ${team} and user_id = ${user}`,
    () =>
      `insert into public.notes values (${note}, (select min(id) from public.docs where id >= ${doc}), 'note', ${user}) on conflict (id) do update set user_id = excluded.user_id, doc_id = excluded.doc_id`,
    () => `delete from public.notes where id = ${note}`,
    () => `update public.teams set owner = ${user} where id = ${team}`,
    () => `update public.teams set name = ${pickText(random)} where id = ${team}`,
    () =>
      `insert into public.profiles values (${user}, ${random.pick(["'admin'", "'user'"])}) on conflict (id) do update set role = excluded.role`,
    () => `delete from public.profiles where id = ${user}`,
    () =>
      `insert into public.roles values (${user}, ${random.pick(["'admin'", "'editor'"])}) on conflict do nothing`,
    () => `delete from public.roles where user_id = ${user}`,
  ])();
}

function teamSql(random: Random, id: number): string {
  return `insert into public.teams values (${id}, ${pickText(random)}, '${userId(random.below(USERS))}');`;
}

function docSql(random: Random, id: number): string {
  const values = Object.entries(COLUMNS).map(([column, value]) => [column, value(random)] as const);
  const columns = values.map(([column]) => column).join(", ");
  const texts = values.map(([, value]) => value).join(", ");
  const changes = values.map(([column]) => `${column} = excluded.${column}`).join(", ");
  return `insert into public.docs (id, ${columns}) values (${id}, ${texts}) on conflict (id) do update set ${changes}`;
}

function docChange(random: Random): string {
  const [column, value] = random.pick(Object.entries(COLUMNS));
  return `${column} = ${value(random)}`;
}

const COLUMNS: Readonly<Record<string, (random: Random) => string>> = {
  title: (random) => random.pick(["'a'", "'b'", "null"]),
  published: (random) => random.pick(["true", "false"]),
  owner: (random) => (random.chance(0.1) ? "null" : `'${userId(random.below(USERS))}'`),
  owner_text: (random) =>
    random.pick(["null", `'${userId(random.below(USERS))}'`, `'u${random.below(USERS)}@example.com'`]),
  team_id: (random) => random.pick(["null", "1", "2", "3"]),
  org_id: (random) => random.pick(["1", "2", "9007199254740992", "9007199254740993", "null"]),
  tenant: pickText,
  members: (random) => `array['${userId(random.below(USERS))}', '${userId(random.below(USERS))}']::uuid[]`,
};

function pickText(random: Random): string {
  return random.pick(["'red'", "'blue'", "'é'", "''", "'7'", "'true'"]);
}
