import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Sql } from "postgres";
import { CAPTURE_SECRET } from "../../../../demo/capture.ts";
import { AUTHENTICATOR_SQL } from "../../../../demo/postgrest/config.ts";
import { captureSql } from "../../../../src/capture/capture-sql.ts";

export const AUTHORS = 20;
export const ARTICLES = 400;
export const COMMENTS = 1_600;
export const DOCUMENTS = 600;
/** The last row is small, the others carry a large text. */
export const COUNTERS = 5;

/** Which rows belong together. The honest readers use this to judge an answer. */
export const authorOf = (article: number) => 1 + (article % AUTHORS);
export const articleOf = (comment: number) => 1 + (comment % ARTICLES);

/**
 * Honest readers read `authors`, `articles` and `comments`; each row counts its versions. `documents` has columns that
 * are expensive to compare, `counters` has a large text beside a small number, and the harness' origin answers `slow`
 * late and with an error. Hostile clients read these three, so that counts tell whose requests they are.
 */
const TABLES_SQL = `
create table authors (id int primary key, name text not null, version int not null default 1);
create table articles (
  id int primary key, author_id int not null references authors, title text not null, body text not null,
  version int not null default 1
);
create table comments (
  id int primary key, article_id int not null references articles, text text not null,
  version int not null default 1
);
create index on articles (author_id);
create index on comments (article_id);
create table documents (
  id int primary key, story text not null, tags int[] not null, price numeric not null, data jsonb not null,
  version int not null default 1
);
create table counters (id int primary key, hits int not null default 0, story text not null);
create table slow (id int primary key);

insert into authors select n, 'Author ' || n from generate_series(1, ${AUTHORS}) n;
insert into articles
  select n, 1 + n % ${AUTHORS}, 'Article ' || n, repeat('What happened on day ' || n || '. ', 12)
  from generate_series(1, ${ARTICLES}) n;
insert into comments
  select n, 1 + n % ${ARTICLES}, 'Comment ' || n || ' on it' from generate_series(1, ${COMMENTS}) n;
insert into documents
  select n, repeat('Q1Q', 1700) || n, array(select i * 7 + n from generate_series(1, 50) i), n + 0.5,
    jsonb_build_object('a', jsonb_build_object('b', n))
  from generate_series(1, ${DOCUMENTS}) n;
insert into counters
  select n, 0, case when n < ${COUNTERS} then left(repeat(md5(n::text), 15000), 464 * 1024) else '' end
  from generate_series(1, ${COUNTERS}) n;
`;

const WATCHED = ["authors", "articles", "comments", "documents", "counters", "slow"];

/** As in Supabase's own templates, any role may read. */
const POLICIES_SQL = WATCHED.map(
  (table) => `
alter table ${table} enable row level security;
create policy readable on ${table} for select to anon using (true);`,
).join("");

/** Creates roles, tables and rows, and installs capture. */
export async function install(sql: Sql): Promise<void> {
  const roles = readFileSync(new URL("../../../../demo/roles.sql", import.meta.url), "utf8");
  const capture = captureSql({
    tables: WATCHED.map((table) => ({ relation: `public.${table}` })),
    secretHash: createHash("sha256").update(CAPTURE_SECRET).digest("hex"),
    nudge: "notify",
  });
  await sql.unsafe(roles + AUTHENTICATOR_SQL + TABLES_SQL + POLICIES_SQL).simple();
  await sql.unsafe(capture).simple();
  await sql`analyze`;
}
