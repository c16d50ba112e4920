import { literal } from "./quote.ts";

/** The settings of a script. They make its text independent of the caller's own, which are restored at the end. */
const SETTINGS = {
  /** Unqualified names find only Postgres' own functions, operators, types and tables; those of pg_temp come last. */
  search_path: "pg_catalog, pg_temp",
  /** The meaning of a backslash in a literal. */
  standard_conforming_strings: "on",
  client_min_messages: "warning",
  /** How names are printed: some are stored and compared. */
  quote_all_identifiers: "off",
} as const;

/**
 * Makes a script look names up only where superusers alone may create objects, whatever the session and its
 * `search_path`. On PostgreSQL 14 any role may create in `public`, and a `public.format(text, text)` is a better match
 * than Postgres' own `format`: a script that calls `format` would run it with the installer's rights.
 */
export function framedSql(script: string): string {
  const names = Object.keys(SETTINGS);
  const saved = names.map(
    (name) =>
      `pg_catalog.set_config('tidemark.caller_${name}', pg_catalog.current_setting('${name}'), false)`,
  );
  const restored = names.map(
    (name) =>
      `pg_catalog.set_config('${name}', pg_catalog.current_setting('tidemark.caller_${name}'), false)`,
  );
  return [
    // One statement, so that nothing can happen in between where each statement is a transaction.
    `do $tidemark$ begin\n  perform ${saved.join(",\n    ")};\nend $tidemark$;`,
    ...Object.entries(SETTINGS).map(([name, value]) => `set ${name} = ${value};`),
    script,
    `do $tidemark$ begin\n  perform ${restored.join(",\n    ")};\nend $tidemark$;\n`,
  ].join("\n");
}

/**
 * Refuses to install over objects of another role than the installer, superusers aside (they need no trick). The error
 * undoes everything that the statement did. `create … if not exists` and `create or replace` keep the owner, and the
 * owner of a function, a table's defaults or its triggers has code there that runs with other roles' rights.
 *
 * - `create`: makes the schema **first** and checks it afterwards. Between a check and a CREATE, an attacker could make
 *   her own schema; once ours exists, she can neither drop it nor own it. Grants on it by default privileges are
 *   revoked in the same statement: with `TRIGGER` on one of our tables, a role's code would run in the name of our
 *   functions.
 * - `installed`: the schema must exist.
 * - `remove`: it need not exist, and the owner of the exposed schema does not matter any more.
 *
 * The owner of the exposed schema could replace our functions by others, which would receive the keeper's secret.
 */
export function ownershipSql(
  exposedSchema: string,
  functions: readonly string[],
  when: "create" | "installed" | "remove",
): string {
  const names = functions.map((signature) => literal(signature.replace(/\(.*$/s, ""))).join(", ");
  return `
do $tidemark$
declare
  strange pg_catalog.text;
  grantee pg_catalog.text;
begin${
    when === "create"
      ? `
  create schema if not exists tidemark;
  for grantee in
    select case a.grantee when 0 then 'public' else a.grantee::pg_catalog.regrole::pg_catalog.text end
    from pg_catalog.pg_namespace n, aclexplode(n.nspacl) a where n.nspname = 'tidemark' and a.grantee <> n.nspowner
  loop
    execute format('revoke all on schema tidemark from %s cascade', grantee);
  end loop;`
      : ""
  }
  select string_agg(x.what || coalesce(', which belongs to ' || x.owner::pg_catalog.regrole::pg_catalog.text, ', which has gone'), '; ')
    into strange from (
    select 'the schema tidemark' as what, n.nspowner as owner from pg_catalog.pg_namespace n where n.nspname = 'tidemark'${
      when === "remove"
        ? ""
        : `
    union all
    select 'the schema tidemark', null
      where not exists (select from pg_catalog.pg_namespace n where n.nspname = 'tidemark')
    union all
    -- pg_database_owner stands for the database's owner.
    select 'the schema ' || n.nspname, case when n.nspowner = 'pg_database_owner'::pg_catalog.regrole then d.datdba else n.nspowner end
      from pg_catalog.pg_namespace n, pg_catalog.pg_database d
      where n.nspname = ${literal(exposedSchema)} and d.datname = current_database()`
    }
    union all
    select 'the relation ' || c.oid::pg_catalog.regclass::pg_catalog.text, c.relowner
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'tidemark'
    union all
    select 'the type ' || t.oid::pg_catalog.regtype::pg_catalog.text, t.typowner
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where n.nspname = 'tidemark'
    union all
    select 'the operator ' || o.oid::pg_catalog.regoperator::pg_catalog.text, o.oprowner
      from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace where n.nspname = 'tidemark'
    union all
    select 'the function ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'tidemark' or (n.nspname = ${literal(exposedSchema)} and p.proname in (${names}))
    union all
    select 'the event trigger ' || e.evtname, e.evtowner
      from pg_catalog.pg_event_trigger e where e.evtname in ('tidemark_ddl', 'tidemark_drop')
    union all
    -- A trigger counts as its function's owner's. Those of foreign keys have no owner and are in none of our schemas.
    select 'the trigger ' || t.tgname || ' on ' || c.oid::pg_catalog.regclass::pg_catalog.text, p.proowner
      from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_proc p on p.oid = t.tgfoid
      where n.nspname = 'tidemark'
  ) x where not exists (select from pg_catalog.pg_roles r where r.oid = x.owner and (r.rolsuper or r.rolname = current_user));
  if strange is not null then
    raise exception 'tidemark: % may not install over %', current_user, strange
      using hint = 'Run this as the owner, or look what it is and drop it.';
  end if;
end $tidemark$;
`;
}
