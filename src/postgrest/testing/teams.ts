// For tests of policies over claims: teams, their members and their documents.

import type { Row, RowChange } from "../row/change.ts";

export const ANNA = "a0000000-0000-4000-8000-00000000000a";
const BERT = "b0000000-0000-4000-8000-00000000000b";

/** Anna's. */
export const TOKEN = {
  ...{ sub: ANNA, role: "authenticated", email: "anna@x.org", aal: "aal2", is_anonymous: false },
  app_metadata: { tenant: "red", org_id: 7, teams: ["x"] },
};

export const TEAMS_SQL = `
create schema private;
create type public.app_role as enum ('admin', 'user');
create table memberships (team_id int, user_id uuid, role text);
create table teams (id int primary key, owner uuid);
create table profiles (id uuid primary key, role text, is_admin boolean, name text);
create table user_roles (user_id uuid, role app_role);
create table auth.mfa_factors (id uuid, user_id uuid, status text);
create table docs (id int primary key, team_id int, user_id uuid, owner uuid, owner_text text, tenant text, org_id bigint,
  members uuid[], published boolean);
alter table docs enable row level security;
create function public.is_admin() returns boolean language plpgsql stable as
  'begin return current_setting(''request.jwt.claims'', true) like ''%admin%''; end';
create function public.has_role(uuid, app_role) returns boolean language sql stable security definer
  begin atomic select exists (select from user_roles where user_id = $1 and role = $2); end;
create function private.is_member(team int) returns boolean language sql stable security definer
  begin atomic select exists (select from memberships where user_id = auth.uid() and team_id = team); end;
create function private.my_teams() returns setof int language sql stable security definer
  begin atomic select team_id from memberships where user_id = (select auth.uid()); end;
`;

const ROWS = {
  docs: {
    ...{ id: 1, team_id: 1, user_id: BERT, owner: BERT, owner_text: BERT, tenant: "blue", org_id: 8 },
    ...{ members: [BERT], published: false },
  },
  memberships: { team_id: 1, user_id: BERT, role: "member" },
  teams: { id: 1, owner: BERT },
  profiles: { id: BERT, role: "admin", is_admin: true, name: "Bert" },
  user_roles: { user_id: BERT, role: "admin" },
};

/** A row of Bert's appears, but for what is said otherwise. */
export function added(table: keyof typeof ROWS, row: object = {}): RowChange {
  return { kind: "row", relation: `public.${table}`, operation: "INSERT", record: image(table, row) };
}

export function updated(table: keyof typeof ROWS, row: object, change: object): RowChange {
  const [old, record] = [image(table, row), image(table, { ...row, ...change })];
  return { kind: "row", relation: `public.${table}`, operation: "UPDATE", record, old };
}

function image(table: keyof typeof ROWS, row: object): Row {
  const members = Object.entries({ ...ROWS[table], ...row });
  return Object.fromEntries(members.map(([name, value]) => [name, JSON.stringify(value)]));
}
