import { SMALL_SQL } from "./samples.ts";

/**
 * The tables underneath: `small` and `other` are watched, `stranger` is not, and no changes are reported in
 * `elsewhere`, which the API does not expose. Readers have more rights than real ones, so that they can call more.
 */
export const GROUND_SQL = `
create role anon nologin;
create role authenticator login noinherit password 'authenticator';
grant anon to authenticator;
create role writers nologin;
grant pg_monitor, pg_read_server_files to anon;
create schema elsewhere;
grant usage on schema elsewhere, public to anon;
create type elsewhere.kind as enum ('old', 'new');
create type elsewhere.pair as (a int4, b text);
create sequence elsewhere.counter;
create table elsewhere.thing (id serial primary key, n int4 default 3 constraint thing_n_check check (n > 0));
insert into elsewhere.thing (n) values (1), (2);
create view elsewhere.looker as select id, n from elsewhere.thing where n > 1;
create materialized view elsewhere.frozen as select id from elsewhere.thing;
create table elsewhere.parted (id int4, n int4) partition by range (id);
create table elsewhere.parted_one partition of elsewhere.parted for values from (0) to (100);
create function elsewhere.fn(int4) returns int4 language sql stable as 'select $1 + count(*)::int4 from elsewhere.thing';
create function elsewhere.liar(int4) returns int4 language plpgsql immutable as 'begin return (select $1 + count(*)::int4 from public.stranger); end';
create function elsewhere.fire() returns trigger language plpgsql as 'begin return null; end';
create trigger watcher after insert on elsewhere.thing for each row execute function elsewhere.fire();
create statistics elsewhere.stats on id, n from elsewhere.thing;
create text search dictionary elsewhere.dict (template = simple);
create text search configuration elsewhere.config (copy = simple);
alter text search configuration elsewhere.config alter mapping for asciiword with elsewhere.dict;
${SMALL_SQL}
create table public.other (id int4 primary key, n int4);
insert into public.other select i, i from generate_series(1, 20) i;
create table public.stranger (id int4 primary key, n int4);
insert into public.stranger select i, i from generate_series(1, 3) i;
select lo_from_bytea(4242, 'large');
grant select on large object 4242 to anon;
copy (select 'probe') to program 'cat > tidemark_probe.txt';
do $$ begin
  execute format('alter database %I set app.mode = ''one''', current_database());
end $$;
grant select on all tables in schema public, elsewhere to anon;
grant usage, select on all sequences in schema elsewhere to anon;
grant execute on all functions in schema pg_catalog to anon;
analyze;
`;
