// Random policies over claims, tokens and rows, for the soundness of audiences.

/** What the generator needs of a source of chance. */
export interface Chance {
  below(limit: number): number;
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
}

const USERS = [
  "a0000000-0000-4000-8000-00000000000a",
  "b0000000-0000-4000-8000-00000000000b",
  "c0000000-0000-4000-8000-00000000000c",
];
const TENANTS = ["red", "blue", "Red", "", 'a"b\\', "1"];

export const WORLD_SQL = `
create schema private;
create table teams (id int primary key, owner uuid, name text);
create table memberships (id int primary key, team_id int, user_id uuid, role text);
create table profiles (id uuid primary key, role text, is_admin boolean, name text);
create table docs (id int primary key, team_id int references teams, user_id uuid, owner uuid, owner_text text, tenant text,
  org_id bigint, members uuid[], published boolean, rank int);
alter table teams enable row level security; alter table memberships enable row level security;
alter table profiles enable row level security; alter table docs enable row level security;
create function private.is_member(team int) returns boolean language sql stable security definer
  begin atomic select exists (select from memberships where user_id = auth.uid() and team_id = team); end;
create function private.my_teams() returns setof int language sql stable security definer
  begin atomic select team_id from memberships where user_id = (select auth.uid()); end;
create function private.has_role(who uuid, what text) returns boolean language sql stable security definer
  begin atomic select exists (select from profiles where id = who and role = what); end;
create function private.leads(team int) returns boolean language sql stable security definer
  begin atomic select exists (select from teams t where t.id = team and t.owner = auth.uid()) or private.is_member(team); end;
create function private.all_teams() returns setof int language sql stable security definer
  begin atomic select team_id from memberships where user_id = auth.uid() union all select id from teams where owner = auth.uid(); end;
create function private.latest_role(uuid) returns text language sql stable security definer
  begin atomic select role from memberships m where m.user_id = $1 order by id desc limit 1; end;
create view shown as select id, tenant, auth.uid() = owner as mine from docs;
create view invoked with (security_invoker) as select id, team_id from docs where tenant = auth.jwt() ->> 'tenant' or rank > 1;
grant usage on schema private to authenticated;
grant select on teams, memberships, profiles, docs, shown, invoked to authenticated;
`;

const CLAIM = [
  "auth.uid() = user_id",
  "(select auth.uid()) = owner",
  "user_id <> auth.uid()",
  "user_id is distinct from auth.uid()",
  "user_id is not distinct from (select auth.uid())",
  "auth.uid()::text = owner_text",
  "(select auth.jwt() ->> 'sub') = owner_text",
  "(auth.jwt() -> 'app_metadata' ->> 'tenant') = tenant",
  "tenant = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant')",
  "tenant = current_setting('request.jwt.claims', true)::json #>> '{app_metadata,tenant}'",
  "tenant = coalesce(auth.jwt() ->> 'tenant', 'red')",
  "org_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::bigint",
  "org_id = (auth.jwt() -> 'app_metadata' -> 'org_id')::bigint",
  "org_id = (auth.jwt() -> 'app_metadata' ->> 'org_id')::int",
  "auth.uid() = any (members)",
  "user_id in (auth.uid(), owner)",
  "user_id in (select auth.uid())",
  "auth.email() = owner_text",
  "lower(auth.email()) = lower(owner_text)",
  "auth.jwt() -> 'app_metadata' -> 'teams' ? tenant",
  "exists (select from jsonb_array_elements_text(auth.jwt() -> 'app_metadata' -> 'teams') t where t = tenant)",
  "tenant = auth.jwt() -> 'app_metadata' -> 'list' ->> 0",
  "tenant = auth.jwt() -> 'app_metadata' -> 'list' ->> '0'",
];

const CONSTANT = [
  "auth.role() = 'authenticated'",
  "auth.uid() is not null",
  "(select auth.jwt() ->> 'aal') = 'aal2'",
  "(auth.jwt() ->> 'aal') in ('aal1', 'aal3')",
  "(auth.jwt() ->> 'aal') <> 'aal2'",
  "((select auth.jwt()) ->> 'is_anonymous')::boolean is false",
  "coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) = false",
  "(auth.jwt() ->> 'is_anonymous')::boolean",
  "(auth.jwt() -> 'is_anonymous') is null",
  "(auth.jwt() ->> 'tenant') = (auth.jwt() -> 'app_metadata' ->> 'tenant')",
  "auth.uid()::text is distinct from auth.jwt() ->> 'sub'",
  "true",
];

const LOOKUP = [
  "team_id in (select team_id from memberships where user_id = (select auth.uid()))",
  "exists (select 1 from memberships m where m.team_id = docs.team_id and m.user_id = auth.uid() and m.role in ('a', 'b'))",
  "exists (select 1 from memberships m where m.user_id = auth.uid() and m.role = tenant)",
  "team_id = any (array(select team_id from memberships where user_id = auth.uid()))",
  "(select auth.uid()) in (select user_id from memberships where team_id = docs.team_id)",
  "auth.uid() in (select m.user_id from memberships m join teams t on t.id = m.team_id where t.owner = docs.owner)",
  "exists (select from memberships m join teams t on t.id = m.team_id where t.id = docs.team_id and m.user_id = auth.uid() and t.name is not null)",
  "exists (select from memberships m, teams t where t.id = docs.team_id and m.team_id = t.id and m.user_id = auth.uid())",
  "(select role from profiles where id = auth.uid()) = 'a'",
  "(select p.is_admin from profiles p where p.id = (select auth.uid()))",
  "(select count(*) from memberships where user_id = auth.uid() and team_id = docs.team_id) > 0",
  "(select max(rank.role) from memberships rank where rank.user_id = auth.uid()) = tenant",
  "exists (select from teams t where t.id = docs.team_id and t.owner = auth.uid() and not (t.name = (auth.jwt() ->> 'tenant')))",
  "private.is_member(team_id)",
  "team_id in (select private.my_teams())",
  "private.has_role((select auth.uid()), 'a')",
  "private.has_role(owner, 'a')",
  "private.has_role(auth.uid(), tenant)",
  "private.leads(team_id)",
  "team_id in (select private.all_teams())",
  "private.latest_role(auth.uid()) = 'a'",
  "private.latest_role(owner) = 'a' and auth.uid() is not null",
  "exists (select from private.my_teams() t where t = docs.team_id)",
  "exists (select from profiles where id = auth.uid() and (is_admin or role = (auth.jwt() ->> 'tenant')))",
];

const PLAIN = ["published", "published = true", "rank > 1", "tenant is not null"];

/** A condition of a policy on `docs`. */
function makeCondition(random: Chance, depth = 2): string {
  if (depth > 0 && random.chance(55)) {
    const [left, right] = [makeCondition(random, depth - 1), makeCondition(random, depth - 1)];
    return random.pick([
      `not (${left})`,
      `(${left}) or (${right})`,
      `(${left}) and (${right})`,
      `(${left}) or (${right})`,
    ]);
  }
  return random.pick(random.pick([CLAIM, CLAIM, CONSTANT, LOOKUP, LOOKUP, PLAIN]));
}

/** Policies for all tables: those of `docs` at random, and of what they look up one of few. */
export function makePolicies(random: Chance): string {
  const docs = Array.from({ length: 1 + random.below(2) }, (_, at) =>
    policy(`p${at}`, "docs", makeCondition(random)),
  );
  const restrictive = random.chance(25)
    ? [`create policy r on docs as restrictive for select using (${makeCondition(random, 1)})`]
    : [];
  const others = [
    policy(
      "p",
      "memberships",
      random.pick([
        "true",
        "user_id = auth.uid()",
        "role = (auth.jwt() ->> 'tenant') or user_id = auth.uid()",
      ]),
    ),
    policy(
      "p",
      "teams",
      random.pick([
        "true",
        "owner = auth.uid()",
        "id in (select team_id from memberships where user_id = auth.uid())",
      ]),
    ),
    policy("p", "profiles", random.pick(["true", "id = auth.uid()", "id = (select auth.uid()) or is_admin"])),
  ];
  return [...docs, ...restrictive, ...others].join(";\n");
}

function policy(name: string, table: string, using: string): string {
  return `create policy ${name} on ${table} for select using (${using})`;
}

export const DROP_POLICIES_SQL = `do $$ declare p record; begin
  for p in select polname, polrelid::regclass as t from pg_policy loop execute format('drop policy %I on %s', p.polname, p.t); end loop;
end $$;`;

/** A token as PostgREST prints it; some have claims of odd types, or none. */
export function makeToken(random: Chance): object {
  const maybe = (name: string, values: readonly unknown[]) =>
    random.chance(85) ? { [name]: random.pick(values) } : {};
  return {
    ...maybe("sub", random.chance(90) ? USERS : ["user_2ab", 5, null]),
    ...maybe("role", ["authenticated"]),
    ...maybe("email", ["red", "a@x.org", "RED"]),
    ...maybe("aal", ["aal1", "aal2"]),
    ...maybe("is_anonymous", [true, false, "false", null]),
    ...maybe("tenant", [...TENANTS, null, 1, 1.5, ["red"]]),
    ...maybe("app_metadata", [
      ...TENANTS.map((tenant) => ({ tenant, org_id: random.below(3) })),
      ...[
        { org_id: "2", teams: ["red", "blue"] },
        { org_id: 2, list: { 0: "red" } },
        { org_id: 2, list: ["red"] },
        { list: "red" },
        [],
        null,
        "x",
      ],
    ]),
    // Nothing that anybody reads.
    nonce: random.below(1_000_000),
    exp: 2_000_000_000 + random.below(1000),
  };
}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** A value for each column of a row, as SQL. */
function makeRow(random: Chance, table: string): Record<string, string> {
  const user = () => (random.chance(85) ? text(random.pick(USERS)) : "null");
  const number = () => (random.chance(85) ? String(random.below(3)) : "null");
  const tenant = () => (random.chance(85) ? text(random.pick([...TENANTS, ...USERS, "a"])) : "null");
  const boolean = () => random.pick(["true", "false", "null"]);
  switch (table) {
    case "teams":
      return { owner: user(), name: tenant() };
    case "memberships":
      return { team_id: number(), user_id: user(), role: random.pick(["'a'", "'b'", "'red'", "null"]) };
    case "profiles":
      return { role: random.pick(["'a'", "'b'", "'red'", "null"]), is_admin: boolean(), name: tenant() };
    default:
      return {
        ...{ team_id: number(), user_id: user(), owner: user(), owner_text: tenant(), tenant: tenant() },
        ...{ org_id: number(), published: boolean(), rank: number() },
        members: random.chance(15) ? "null" : `array[${user()}, ${user()}]::uuid[]`,
      };
  }
}

const TABLES = ["docs", "docs", "memberships", "memberships", "teams", "profiles", "profiles"];

/** A statement that may change one row, and its table; it returns nothing. */
export interface WorldStatement {
  readonly table: string;
  readonly id: string;
  readonly sql: string;
}

export function makeStatement(random: Chance, table = random.pick(TABLES)): WorldStatement {
  const id =
    table === "profiles" ? text(random.pick(USERS)) : String(random.below(table === "teams" ? 3 : 8));
  const row = makeRow(random, table);
  const kind = random.below(10);
  if (kind < 4) {
    const names = Object.keys(row);
    const values = names.map((name) => row[name]);
    return {
      table,
      id,
      sql: `insert into ${table} (id, ${names.join(", ")}) values (${id}, ${values.join(", ")})`,
    };
  }
  if (kind < 6) return { table, id, sql: `delete from ${table} where id = ${id}` };
  const changed = Object.entries(row).filter(() => random.chance(35));
  const [first] = Object.entries(row);
  const sets = (changed.length > 0 ? changed : first ? [first] : []).map(
    ([name, value]) => `${name} = ${value}`,
  );
  return { table, id, sql: `update ${table} set ${sets.join(", ")} where id = ${id}` };
}
