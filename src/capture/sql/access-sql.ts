import type { ResolvedAccess } from "./options.ts";
import { identifier, literal, textArray } from "./quote.ts";

/**
 * Stores the secret's SHA-256 and checks callers by it. It compares digests, so the time it takes reveals nothing about
 * the secret. SQLSTATE PT401 tells PostgREST to answer with status 401.
 */
export function secretSql(access: ResolvedAccess): string {
  const hashes = access.secretHashes.map((hash) => `(decode(${literal(hash)}, 'hex'))`).join(", ");
  return `
create table if not exists tidemark.secret (hash bytea primary key);
delete from tidemark.secret;
${hashes === "" ? "" : `insert into tidemark.secret values ${hashes} on conflict do nothing;`}

create or replace function tidemark.check_secret(secret text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $tidemark$
begin
  if exists (select from tidemark.secret s where s.hash = sha256(convert_to(secret, 'UTF8'))) then return; end if;
  raise sqlstate 'PT401' using message = case when exists (select from tidemark.secret)
    then 'tidemark: wrong secret' else 'tidemark: no secret is set' end;
end $tidemark$;
`;
}

/**
 * Stores which roles may call besides the keeper's. Without `callers` those stay that the database has: whoever updates it
 * need not know who was let in when it was installed, and cuts nobody off.
 *
 * It runs before functions are created, which default privileges grant to others. Where an earlier version has stored none,
 * the grants tell. That version let one role in at most. If more may call, a grant on all functions has come in between
 * that was never meant for these, and it gives nobody a right that lasts.
 *
 * @param probe one of the exposed functions, which are granted alike
 */
export function callersSql(access: ResolvedAccess, probe: string): string {
  if (access.callers !== undefined) {
    return `update tidemark.settings set callers = ${textArray(access.callers)};\n`;
  }
  return `
update tidemark.settings s set callers = coalesce((
  select array_agg(r.rolname::text)
    from pg_proc p, aclexplode(p.proacl) a, pg_roles r
    where p.oid = to_regprocedure(${literal(`${identifier(access.exposedSchema)}.${probe}`)})
      and r.oid = a.grantee and a.grantee <> p.proowner and r.rolname <> ${literal(access.keeperRole)}
    having count(*) = 1), '{}')
  where s.callers is null;
`;
}

/** Functions that the roles of those who sign in may call, besides the keeper's. */
export interface ReaderAccess {
  readonly roles: readonly string[];
  readonly functions: readonly string[];
}

/**
 * Grants: the keeper's role and the stored callers may call the exposed functions, roles of readers those for them, and no
 * other role may do anything.
 * Default privileges (Supabase grants all functions in `public` to anon, authenticated and service_role) are already
 * applied when these grants run, so every existing grant is revoked first.
 */
export function grantsSql(
  access: ResolvedAccess,
  functions: readonly string[],
  readers: ReaderAccess = { roles: [], functions: [] },
): string {
  const named = (signatures: readonly string[]) =>
    `${textArray(signatures.map((each) => `${identifier(access.exposedSchema)}.${each}`))}::regprocedure[]`;
  return `
do $tidemark$
declare
  keeper text := ${literal(access.keeperRole)};
  exposed regprocedure[] := ${named(functions)};
  for_readers regprocedure[] := ${named(readers.functions)};
  object record;
  called regprocedure;
  caller text;
begin
  if to_regrole(quote_ident(keeper)) is null then
    begin
      execute format('create role %I nologin', keeper);
    exception when insufficient_privilege then
      raise notice 'tidemark: may not create role %; create it and run this again', keeper;
    end;
  end if;
  if to_regrole(quote_ident(keeper)) is not null and to_regrole(${literal(identifier(access.authenticatorRole))}) is not null then
    begin
      execute format('grant %I to %I', keeper, ${literal(access.authenticatorRole)});
    exception when insufficient_privilege then
      raise notice 'tidemark: may not grant % to %', keeper, ${literal(access.authenticatorRole)};
    end;
  end if;

  for object in
    select 'schema' as kind, 'tidemark' as name, a.grantee
      from pg_namespace o, aclexplode(o.nspacl) a where o.nspname = 'tidemark' and a.grantee <> o.nspowner
    union all
    select case o.relkind when 'S' then 'sequence' else 'table' end, o.oid::regclass::text, a.grantee
      from pg_class o, aclexplode(o.relacl) a
      where o.relnamespace = 'tidemark'::regnamespace and o.relkind in ('r', 'S') and a.grantee <> o.relowner
    union all
    select 'function', o.oid::regprocedure::text, a.grantee
      from pg_proc o, aclexplode(coalesce(o.proacl, acldefault('f', o.proowner))) a
      where (o.pronamespace = 'tidemark'::regnamespace or o.oid = any (exposed || for_readers)) and a.grantee <> o.proowner
  loop
    execute format('revoke all on %s %s from %s cascade', object.kind, object.name,
      case object.grantee when 0 then 'public' else object.grantee::regrole::text end);
  end loop;

  foreach caller in array array[keeper] || (select s.callers from tidemark.settings s) loop
    continue when to_regrole(quote_ident(caller)) is null;
    execute format('grant usage on schema %I to %I', ${literal(access.exposedSchema)}, caller);
    foreach called in array exposed loop
      execute format('grant execute on function %s to %I', called, caller);
    end loop;
  end loop;
  foreach caller in array ${textArray(readers.roles)} loop
    continue when to_regrole(quote_ident(caller)) is null;
    foreach called in array for_readers loop
      execute format('grant execute on function %s to %I', called, caller);
    end loop;
  end loop;
end $tidemark$;
`;
}
