import "../../../../demo/no-telemetry.ts";
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Sql } from "postgres";
import { apiOverPostgres } from "../../../../demo/api-over-postgres.ts";
import { AUTHENTICATOR_SQL } from "../../../../demo/postgrest/config.ts";
import { listening } from "../../../../testing/origins/listening.ts";
import { startPostgres } from "../../../../testing/postgres.ts";

const demoSql = (name: string) => readFileSync(new URL(`../../../../demo/${name}`, import.meta.url), "utf8");

/** One table of each kind that init tells apart. */
const TABLES = `
create table authors (id int primary key, name text not null);
alter table authors enable row level security;
create policy everybody on authors for select using (true);
create table articles (id int primary key, author_id int references authors, title text not null, published bool not null);
alter table articles enable row level security;
create policy "those that are published" on articles for select to anon, authenticated using (published);
create table bookmarks (id int primary key, user_id uuid not null, article_id int references articles);
alter table bookmarks enable row level security;
create policy own on bookmarks for select to authenticated using (user_id = auth.uid());
create table by_country (id int primary key, country text not null);
alter table by_country enable row level security;
create policy here on by_country for select using (
  country = current_setting('request.headers', true)::json ->> 'cf-ipcountry');
create view shown with (security_invoker = on) as select id, title from articles where published;
create materialized view counts as select count(*) from articles;
create table measured (at timestamptz not null, value int) partition by range (at);
create table measured_2026 partition of measured for values from ('2026-01-01') to ('2027-01-01');
create table hidden (id int primary key);
insert into authors values (1, 'Ada');
insert into articles values (1, 1, 'Notes', true), (2, 1, 'Draft', false);
`;

export interface TestProject {
  readonly url: string;
  readonly publishableKey: string;
  readonly databaseUrl: string;
  readonly sql: Sql;
  /** Lets the API see a changed schema at once, as PostgREST does a moment later. */
  reload(): void;
  stop(): Promise<void>;
}

/** A project: a real PostgreSQL with Supabase's roles, and Supabase's API in front of it. */
export async function startProject(): Promise<TestProject> {
  const postgres = await startPostgres();
  const sql = postgres.sql({ max: 1 });
  await sql.unsafe(demoSql("roles.sql") + demoSql("auth.sql") + AUTHENTICATOR_SQL + TABLES).simple();
  const keys = { publishableKey: "sb_publishable_init", secretKey: "sb_secret_init" };
  const api = await apiOverPostgres({
    ...{ url: postgres.url, postgresOptions: { max: 4 }, firstTable: "authors", ...keys },
  });
  // Its start replaces Supabase's functions by older ones, and grants all tables again.
  await sql.unsafe(`${demoSql("auth.sql")} revoke all on hidden from anon, authenticated;`).simple();
  const server = createAdaptorServer({ overrideGlobalObjects: false, fetch: api.answer }) as Server;
  const listener = await listening(server);
  return {
    ...{ url: listener.url, publishableKey: keys.publishableKey, databaseUrl: postgres.url, sql },
    reload: () => api.connection.clearSchemaCache(),
    async stop() {
      await listener.stop();
      await api.stop(postgres);
    },
  };
}
