/** A change underneath. */
export interface Move {
  readonly name: string;
  /** Statements, each on its own: some cannot run in a transaction. */
  readonly sql: readonly string[];
  /** DDL for which capture flushes everything: slow, because it visits all watched tables, and uninformative. */
  readonly isCostly?: true;
}

/** A statement that some versions of Postgres do not know. */
const ifKnown = (sql: string): string =>
  `do $$ begin ${sql}; exception when undefined_function or syntax_error then null; end $$`;

export const MOVES: readonly Move[] = [
  { name: "time passes", sql: [] },
  {
    name: "rows of the table",
    sql: [
      "update public.small set n = n + 3, t = t || 'x', f = f + 1, num = num + 1, b = not b, d = d + 1, k = 'new' where id = 1",
      "insert into public.small (id, n, t) values (3, 7, 'third')",
    ],
  },
  { name: "a row as it was", sql: ["update public.small set n = n where id = 2"] },
  { name: "a row gone", sql: ["delete from public.small where id = 3"] },
  {
    name: "rows of another watched table",
    sql: ["update public.other set n = n + 100 where id < 4", "insert into public.other values (21, 21)"],
  },
  { name: "another's row as it was", sql: ["update public.other set n = n"] },
  {
    name: "rows of a table that is not watched",
    sql: ["insert into public.stranger values (4, 4)", "update public.stranger set n = n + 1"],
  },
  {
    name: "rows elsewhere",
    sql: [
      "insert into elsewhere.thing (n) values (3), (5)",
      "insert into elsewhere.parted values (1, 1)",
      "delete from elsewhere.thing where id = 1",
    ],
  },
  {
    name: "comments",
    sql: [
      "comment on table public.other is 'another'",
      "comment on column public.other.n is 'number'",
      "comment on role writers is 'who writes'",
      "comment on function elsewhere.fn(int4) is 'fn'",
    ],
  },
  {
    name: "a role",
    sql: [
      "create role later_role createdb connection limit 7",
      "alter role writers createrole connection limit 3 valid until '2030-01-01'",
    ],
  },
  { name: "membership", sql: ["grant writers to anon"] },
  {
    name: "settings of the database",
    sql: [
      "do $$ begin execute format('alter database %I set app.mode = ''two''', current_database()); end $$",
      "do $$ begin execute format('alter database %I set work_mem = ''5MB''', current_database()); end $$",
    ],
  },
  {
    name: "settings of the role",
    sql: [
      "alter role authenticator set app.mode = 'three'",
      "alter role authenticator set work_mem = '6MB'",
      "alter role authenticator set default_text_search_config = 'pg_catalog.french'",
      "alter role authenticator set application_name = 'renamed'",
    ],
  },
  {
    name: "the search path of the role",
    sql: ["alter role authenticator set search_path = elsewhere, public"],
  },
  {
    name: "settings of the server",
    sql: [
      "alter system set log_min_duration_statement = 12345",
      "select pg_reload_conf()",
      "select pg_sleep(0.2)",
    ],
  },
  {
    name: "sequences",
    sql: ["select nextval('elsewhere.counter')", "select setval('elsewhere.thing_id_seq', 77)"],
  },
  {
    name: "ANALYZE",
    sql: [
      "insert into elsewhere.thing (n) select 9 from generate_series(1, 50)",
      "analyze elsewhere.thing",
      "analyze public.other",
      "analyze public.small",
    ],
  },
  {
    name: "VACUUM FULL",
    sql: [
      "delete from elsewhere.thing where n = 9",
      "vacuum full elsewhere.thing",
      "vacuum full public.other",
      "vacuum full public.small",
    ],
  },
  { name: "a large object", sql: ["select lo_put(4242, 0, 'LARGE')", "select lo_create(4243)"] },
  { name: "a file", sql: ["copy (select 'another probe') to program 'cat > tidemark_probe.txt'"] },
  {
    name: "WAL",
    sql: [
      "select pg_logical_emit_message(false, 'p', repeat('x', 1000))",
      "select pg_switch_wal()",
      "checkpoint",
    ],
  },
  {
    name: "statistics",
    sql: [
      "select count(*) from public.other, elsewhere.thing",
      ifKnown("perform pg_stat_force_next_flush()"),
      "select pg_stat_reset()",
    ],
  },
  { name: "another database", sql: ["create database another"] },
  {
    name: "a relation elsewhere",
    sql: ["create table elsewhere.later (id int4); create sequence elsewhere.later_seq"],
  },
  {
    name: "an index elsewhere",
    sql: [
      "create index later_index on elsewhere.thing (n)",
      "alter index elsewhere.thing_pkey rename to thing_key",
      "cluster elsewhere.thing using thing_key",
    ],
  },
  {
    name: "text search elsewhere",
    sql: [
      "alter text search configuration elsewhere.config alter mapping for asciiword with pg_catalog.english_stem",
    ],
  },
  { name: "a materialized view anew", sql: ["refresh materialized view elsewhere.frozen"] },
  {
    name: "statistics objects",
    sql: ["create statistics elsewhere.more on id, n from elsewhere.thing", "analyze elsewhere.thing"],
  },
  {
    name: "default privileges",
    sql: ["alter default privileges in schema elsewhere grant select on tables to writers"],
  },
  { name: "a temporary table", sql: ["create temp table passing (id int4)", "drop table passing"] },
  {
    name: "privileges",
    isCostly: true,
    sql: [
      "grant insert on public.stranger to anon",
      "grant update on large object 4242 to anon",
      ifKnown("execute 'grant set on parameter log_min_messages to anon'"),
    ],
  },
  {
    name: "functions elsewhere",
    isCostly: true,
    sql: ["create or replace function elsewhere.fn(int4) returns int4 language sql stable as 'select 7'"],
  },
  {
    name: "a schema",
    isCostly: true,
    sql: ["create schema later_schema", "alter schema later_schema rename to latest_schema"],
  },
  {
    name: "a table renamed",
    isCostly: true,
    sql: [
      "alter table public.other rename to another",
      "alter table public.another rename to other",
      "alter type elsewhere.kind add value 'newest'",
    ],
  },
];

/** Settings that print numbers and times, plain columns included. Changing one changes every answer of the API. */
export const PRINTING: Move = {
  name: "settings that print",
  sql: [
    "timezone = 'Asia/Tokyo'",
    "datestyle = 'SQL, DMY'",
    "intervalstyle = 'iso_8601'",
    "extra_float_digits = 0",
    "bytea_output = 'escape'",
    "lc_monetary = 'C'",
    "xmlbinary = 'hex'",
  ].map((setting) => `alter role authenticator set ${setting}`),
};
