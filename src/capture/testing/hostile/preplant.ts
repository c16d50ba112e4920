import type { Random } from "../../../../testing/soundness/random.ts";
import { trapBody, trapCondition } from "./trap.ts";

/** What is in our place before the installation. The first is nothing. */
const PREPLANTS: readonly (readonly string[])[] = [
  [],
  [
    `create function public.tidemark_changes(secret text, since text default null, upto text default null, after bigint default null, max int default 1000) returns json ${trapBody("a pull of hers")}`,
    `create function public.tidemark_prune(secret text) returns bigint ${trapBody("a prune of hers")}`,
    `create function public.tidemark_schema(secret text, tables text[] default null, reader text default null) returns json ${trapBody("a schema of hers")}`,
  ],
  [`create function public.tidemark_prune(secret text) returns bigint ${trapBody("a prune of hers")}`],
  [
    `create function public.tidemark_changes(secret text, since text default null, upto text default null, after int default null, max int default 1000) returns json ${trapBody("another pull")}`,
    `create function public.tidemark_schema(secret text) returns json ${trapBody("an old schema of hers")}`,
    `create function public.tidemark_prune(secret text, batch int default 1) returns bigint ${trapBody("another prune")}`,
  ],
  [`create function public.tidemark_whoami(paths json) returns json ${trapBody("an identity of hers")}`],
  ["create schema tidemark"],
  ["create schema tidemark", "grant all on schema tidemark to public"],
  [
    "create schema tidemark",
    `create table tidemark.settings (only_row boolean primary key default true check (${trapCondition("a check of hers")}), schemas text[] not null, time_zone text not null, nudge text not null default 'off', nudge_url text, nudge_inner bytea, nudge_outer bytea)`,
    "grant all on schema tidemark to public; grant all on all tables in schema tidemark to public",
  ],
  [
    "create schema tidemark",
    `create view tidemark.outbox as select 1 as id where ${trapCondition("an outbox of hers")}`,
    `create table tidemark.secret (hash bytea primary key check (${trapCondition("a secret of hers")}))`,
    `create function tidemark.check_secret(secret text) returns void language plpgsql as $$ begin perform canary.trap('a guard of hers'); end $$`,
    `create domain tidemark.state as int`,
    "grant all on schema tidemark to public; grant all on all tables in schema tidemark to public",
  ],
  [
    "create schema net",
    `create function net.http_post(url text, body jsonb, headers jsonb) returns bigint ${trapBody("net.http_post", "1")}`,
    `create function net.http_post(text, jsonb, jsonb, jsonb) returns bigint ${trapBody("net.http_post", "1")}`,
    "grant usage on schema net to public",
  ],
];

export function randomPreplant(
  random: Random,
  may: { readonly schemas: boolean; readonly publicCreate: boolean },
) {
  const possible = PREPLANTS.filter(([first]) =>
    first === undefined ? true : first.startsWith("create schema") ? may.schemas : may.publicCreate,
  );
  return random.chance(40) ? [] : random.pick(possible);
}

/** What an administrator does after the installation was refused. */
export const CLEAR_SQL = `
drop schema if exists tidemark cascade;
do $clear$
declare
  planted pg_catalog.record;
begin
  for planted in select p.oid::pg_catalog.regprocedure as name from pg_catalog.pg_proc p where p.proname ~ '^tidemark_' loop
    execute pg_catalog.format('drop function %s', planted.name);
  end loop;
end $clear$;
`;

/** The part of pg_net that we call. */
export const NET_SQL = `
create schema if not exists net;
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000)
returns bigint language sql as 'select 1::pg_catalog.int8';
`;
