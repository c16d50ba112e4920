import { literal } from "./quote.ts";

/** What a script sets for itself. Of the caller's own, which come back at its end, the text of the script must not depend. */
const SETTINGS = {
  /** Nobody's function, operator, type or table but Postgres' own is found without its schema; those of pg_temp last. */
  search_path: "pg_catalog, pg_temp",
  /** What a backslash in a literal means. */
  standard_conforming_strings: "on",
  client_min_messages: "warning",
  /** How names are printed, which end up in what we store and compare. */
  quote_all_identifiers: "off",
} as const;

/**
 * A script whose names are looked up where only superusers may create, whoever's session runs it and whatever its
 * `search_path` is. Everybody may create in `public` on PostgreSQL 14, and a `public.format(text, text)` fits better than
 * Postgres' own, so that a script which just says `format` runs it with the installer's rights.
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
    // One statement: where each is a transaction, nothing happens between.
    `do $tidemark$ begin\n  perform ${saved.join(",\n    ")};\nend $tidemark$;`,
    ...Object.entries(SETTINGS).map(([name, value]) => `set ${name} = ${value};`),
    script,
    `do $tidemark$ begin\n  perform ${restored.join(",\n    ")};\nend $tidemark$;\n`,
  ].join("\n");
}

/**
 * Refuses, and so undoes all that its statement did, to install over what belongs to another role than the one that
 * installs, superusers aside (they need no trick). `create … if not exists` and `create or replace` keep an owner, and
 * whoever owns a function, a table's defaults or its triggers has code there that runs with the rights of whoever comes by.
 *
 * - `create`: makes the schema **first**, and looks at it afterwards. Between a look and a CREATE, somebody quick makes a
 *   schema of her own. Once there is one of ours, she can neither drop it nor own it. What default privileges grant on it is
 *   taken back in the same statement: with `TRIGGER` on one of our tables, a role's code would run in our functions' names.
 * - `installed`: the schema must be there.
 * - `remove`: it need not be, and who owns the exposed schema does not matter any more.
 *
 * The owner of the exposed schema could drop our functions and make others, which would be told the keeper's secret.
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
    -- What belongs to pg_database_owner belongs to the database's owner.
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
    -- Of a trigger its function's owner. Those of foreign keys belong to nobody, and to no schema of ours.
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
