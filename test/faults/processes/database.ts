import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Sql } from "postgres";
import { CAPTURE_SECRET } from "../../../demo/capture.ts";
import { AUTHENTICATOR_SQL } from "../../../demo/postgrest/config.ts";
import { captureSql } from "../../../src/capture/capture-sql.ts";

/** Which rows of `notes` may be read: the condition of its policy, or none when the policy is dropped. */
export const POLICIES = {
  open: "exists (select from topics t where t.id = topic_id and t.open)",
  visible: "not hidden",
  all: "true",
  none: null,
} as const;

export type Policy = keyof typeof POLICIES;

/** The same for `still`. */
export const STILL_POLICIES = { all: "true", one: "id < 2" } as const;

export type StillPolicy = keyof typeof STILL_POLICIES;

/**
 * Each row counts its own versions, so that an answer says which changes it reflects. `notes` has a policy over
 * another table, `shown_notes` is a view of it. Only `still`'s policy changes; only the audit's test writes `quiet`.
 */
const TABLES_SQL = `
create table topics (id int primary key, name text not null, open boolean not null, version int not null default 1);
create table notes (
  id int primary key,
  topic_id int not null references topics,
  title text not null,
  rank int not null,
  hidden boolean not null,
  spare text,
  version int not null default 1
);
create table readings (id int primary key, value int not null, version int not null default 1);
create table quiet (id int primary key, version int not null default 1);
create table still (id int primary key, version int not null default 1);
create view shown_notes with (security_invoker = on) as
  select id, version, topic_id, title, rank from notes where not hidden;
alter table topics enable row level security;
alter table notes enable row level security;
alter table readings enable row level security;
alter table still enable row level security;
alter table quiet enable row level security;
create policy readable on topics for select to anon using (true);
create policy readable on notes for select to anon using (${POLICIES.open});
create policy readable on readings for select to anon using (true);
create policy readable on still for select to anon using (${STILL_POLICIES.all});
create policy readable on quiet for select to anon using (true);
insert into quiet values (1);
insert into still values (1), (2), (3);
create schema harness;
create table harness.committed (id uuid primary key);
`;

const WATCHED = ["topics", "notes", "readings", "quiet", "still"];

const demoSql = (name: string) => readFileSync(new URL(`../../../demo/${name}`, import.meta.url), "utf8");

/** Creates roles, tables, and what reports their changes. */
export async function install(sql: Sql, changes: "pulled" | "hooked"): Promise<void> {
  await sql.unsafe(demoSql("roles.sql") + AUTHENTICATOR_SQL + TABLES_SQL).simple();
  if (changes === "hooked") {
    const watches = WATCHED.map((table) => `select webhooks.watch('${table}');`).join("\n");
    await sql.unsafe(demoSql("webhooks.sql") + watches).simple();
    return;
  }
  const capture = captureSql({
    tables: WATCHED.map((table) => ({ relation: `public.${table}` })),
    secretHash: createHash("sha256").update(CAPTURE_SECRET).digest("hex"),
    nudge: "notify",
  });
  await sql.unsafe(capture).simple();
}
