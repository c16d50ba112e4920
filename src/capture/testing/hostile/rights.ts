import type { Sql } from "postgres";

/** Roles that must not gain any rights. */
const LOW = ["mallory", "bob", "anon", "authenticator", "public"];

/**
 * Everything that the low roles may do with what is not theirs, and whose our objects are: one right a line. Asked by
 * a superuser whose search path holds nobody else's names.
 */
const RIGHTS_SQL = `
with low as (select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolname in (${LOW.map((role) => `'${role}'`).join(", ")})),
ours as (
  select n.oid from pg_catalog.pg_namespace n where n.nspname in ('tidemark', 'tidemark_analysis')
),
callable as materialized (
  select p.oid from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('tidemark', 'tidemark_analysis') or n.nspname = 'public' and p.proname ~ '^tidemark_'
)
select 'role ' || r.rolname || ' may ' || a.name
from pg_catalog.pg_roles r cross join lateral (values ('superuser', r.rolsuper), ('inherit', r.rolinherit), ('createrole', r.rolcreaterole),
  ('createdb', r.rolcreatedb), ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls)) a (name, may)
where a.may and r.oid >= 16384 and r.rolname not in ('tidemark_keeper', 'tidemark_analyser')
union all
select 'role ' || m.member::pg_catalog.regrole || ' is in ' || m.roleid::pg_catalog.regrole
from pg_catalog.pg_auth_members m join low on low.oid = m.member
union all
select 'role ' || r.rolname || ' exists' from pg_catalog.pg_roles r where r.oid >= 16384 and r.rolname not in ('tidemark_keeper', 'tidemark_analyser')
union all
select low.rolname || ' may ' || p.privilege || ' on schema ' || n.nspname
from low cross join ours o join pg_catalog.pg_namespace n on n.oid = o.oid cross join (values ('usage'), ('create')) p (privilege)
where pg_catalog.has_schema_privilege(low.oid, n.oid, p.privilege)
union all
select low.rolname || ' may touch ' || c.relkind::pg_catalog.text || ' ' || c.oid::pg_catalog.regclass
from low cross join ours o join pg_catalog.pg_class c on c.relnamespace = o.oid
where case when c.relkind = 'S' then pg_catalog.has_sequence_privilege(low.oid, c.oid, 'usage, select, update')
  when c.relkind in ('r', 'p', 'v', 'm') then pg_catalog.has_table_privilege(low.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger') end
union all
select low.rolname || ' may call ' || p.oid::pg_catalog.regprocedure
from low cross join callable p
where pg_catalog.has_function_privilege(low.oid, p.oid, 'execute')
union all
select 'owner of ' || x.what || ' is ' || x.owner::pg_catalog.regrole
from (
  select 'schema ' || n.nspname, n.nspowner from pg_catalog.pg_namespace n where n.nspname in ('tidemark', 'tidemark_analysis')
  union all
  select 'relation ' || c.oid::pg_catalog.regclass, c.relowner from pg_catalog.pg_class c join ours o on o.oid = c.relnamespace
  union all
  select 'function ' || p.oid::pg_catalog.regprocedure, p.proowner
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('tidemark', 'tidemark_analysis') or (p.prosecdef and p.proowner not in (select low.oid from low))
    or p.oid in (pg_catalog.to_regprocedure('public.tidemark_changes(text, text, text, bigint, int)'), pg_catalog.to_regprocedure('public.tidemark_prune(text)'),
      pg_catalog.to_regprocedure('public.tidemark_schema(text, text[], text)'), pg_catalog.to_regprocedure('public.tidemark_whoami(json)'))
  union all
  select 'event trigger ' || e.evtname, e.evtowner from pg_catalog.pg_event_trigger e
) x (what, owner)
where x.owner in (select low.oid from low)
union all
select 'loot' from canary.loot
`;

export async function rightsOf(root: Sql): Promise<ReadonlySet<string>> {
  const rows = await root.unsafe(RIGHTS_SQL);
  return new Set(rows.map((row) => String(Object.values(row)[0])));
}

/** Rights that a role has gained and must not have. */
export function grown(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  given: (right: string) => boolean,
): readonly string[] {
  return [...after].filter((right) => !before.has(right) && !given(right));
}

/** Revokes what an attack has won, so that the next finding is a new one. */
export const REPAIR_SQL = `
alter role mallory nosuperuser nocreaterole nocreatedb nobypassrls;
drop role if exists thief;
do $repair$
declare
  held pg_catalog.record;
begin
  for held in select m.roleid::pg_catalog.regrole as role from pg_catalog.pg_auth_members m
    where m.member = 'mallory'::pg_catalog.regrole loop
    execute pg_catalog.format('revoke %s from mallory cascade', held.role);
  end loop;
  if pg_catalog.to_regnamespace('tidemark') is not null then
    revoke all on schema tidemark from mallory;
    revoke all on all tables in schema tidemark from mallory;
    revoke all on all functions in schema tidemark from mallory;
  end if;
end $repair$;
truncate canary.loot;
`;
