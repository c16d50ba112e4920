/** All of a function `p` that its analysis was made of. Any change of its row in the catalog is another `xmin`. */
export const FUNCTION_FINGERPRINT = `md5(concat_ws('/', p.oid, p.xmin, p.proname, p.proowner, p.prosecdef, p.provolatile,
    p.prorettype, p.proargtypes, p.proargnames, p.proconfig, p.prosrc))`;

/** For `schemaFunctionSql`. */
export const ANALYSES =
  "select a.function, a.tree, a.printed, a.relations, a.numbers from tidemark.analyses() a where a.refusal is null";

/**
 * What came out, and when. A run lists what holds **for one version of the schema**: any DDL makes another version, so a run
 * that fails, or that two sessions' DDL overtake, leaves nothing that is believed. Rows are only inserted, so that no DDL
 * waits for another; what has become superfluous is deleted by whoever can lock it at once.
 */
export const ANALYSIS_STORAGE_SQL = `
create table if not exists tidemark.analysis (
  id bigint generated always as identity primary key,
  function oid not null,
  fingerprint text not null,
  -- Why it is not understood. Then all below is null.
  refusal text,
  tree text,
  printed text,
  -- The columns that it reads; a whole relation is 0.
  relations oid[],
  numbers int[],
  -- Functions, operators and types: where to go on.
  uses oid[]
);
create index if not exists analysis_function on tidemark.analysis (function);
create table if not exists tidemark.analysis_run (
  -- A key, so that rows can be deleted in a database that publishes all tables.
  id bigint generated always as identity primary key,
  version bigint not null,
  analyses bigint[] not null,
  -- Those on search paths: what is made there may be found instead.
  schemas text[] not null,
  -- Of all names that there were. While it stays the same, no body means anything else.
  names text not null
);

create or replace function tidemark.schema_version() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select s.schema_version + (select count(*) from tidemark.schema_change) from tidemark.state s
$tidemark$;

-- What holds now, whether understood or not. Not if anything that it reads has gone: it may have come back as another.
create or replace function tidemark.analyses() returns setof tidemark.analysis
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select distinct on (a.function) a.*
  from tidemark.analysis_run r cross join lateral unnest(r.analyses) u (id) join tidemark.analysis a on a.id = u.id
  join pg_catalog.pg_proc p on p.oid = a.function
  where r.version = tidemark.schema_version() and a.fingerprint = ${FUNCTION_FINGERPRINT}
    and not exists (select from unnest(a.relations) x (oid) where not exists (select from pg_catalog.pg_class c where c.oid = x.oid))
  order by a.function, a.id desc
$tidemark$;

-- After a new version that is none of DDL: what was true of the version before still is.
create or replace function tidemark.keep_analyses() returns void
language sql set search_path = pg_catalog, pg_temp as $tidemark$
  insert into tidemark.analysis_run (version, analyses, schemas, names)
    select v.version, r.analyses, r.schemas, r.names from (select tidemark.schema_version() as version) v
    join tidemark.analysis_run r on r.version = v.version - 1
    where not exists (select from tidemark.analysis_run o where o.version = v.version)
$tidemark$;

create or replace function tidemark.forget_analyses(current_version bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $tidemark$
begin
  delete from tidemark.analysis_run r where r.ctid = any (array(
    select o.ctid from tidemark.analysis_run o where o.version <> current_version for update skip locked));
  delete from tidemark.analysis a where a.ctid = any (array(
    select o.ctid from tidemark.analysis o
    where not exists (select from tidemark.analysis_run r where o.id = any (r.analyses)) for update skip locked));
exception when others then
  -- Of a transaction with a snapshot of its own: the next one does it.
  null;
end $tidemark$;
`;
