// For tests of readers who sign in: Supabase's schema `auth`, and who reads claims in a database.

import type { Claims } from "../claims/claims.ts";
import { pathText } from "../claims/claims.ts";
import type { ClaimSource, Reads, Schema } from "../schema/schema.ts";
import { type Database, describedBy } from "./described.ts";

/** As Supabase defines them. */
export const AUTH_SQL = `
do $$ begin if to_regrole('authenticated') is null then create role authenticated; end if; end $$;
create schema auth;
grant usage on schema auth to public;
create function auth.uid() returns uuid language sql stable as $$
  select
  coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select
  coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  )::text
$$;
create function auth.email() returns text language sql stable as $$
  select
  coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
  )::text
$$;
create function auth.jwt() returns jsonb language sql stable as $$
  select
    coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$$;`;

/** From every policy and view to the functions that it makes run, as far as their bodies are query trees. */
const SOURCES_SQL = `
with recursive reader as (
  select p.oid, n.nspname || '.' || p.proname as name, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'auth' and p.proname in ('uid', 'role', 'email', 'jwt')
),
node as (
  select 'policy ' || p.polname || ' on ' || p.polrelid::regclass as culprit, p.polrelid as relation, p.polqual::text as tree,
    pg_get_expr(p.polqual, p.polrelid) as text
  from pg_policy p
  union all
  select 'view ' || w.ev_class::regclass, w.ev_class, w.ev_action::text, pg_get_viewdef(w.ev_class)
  from pg_rewrite w join pg_class c on c.oid = w.ev_class and c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
  union all
  select 'function ' || p.oid::regprocedure, p.oid, p.prosqlbody::text, pg_get_function_sqlbody(p.oid)
  from pg_proc p where p.prosqlbody is not null and p.oid >= 16384
),
reach as (
  select relation as start, relation as at from node
  union
  select r.start, m[1]::oid from reach r join node n on n.relation = r.at
  cross join lateral regexp_matches(n.tree, ':funcid (\\d+)', 'g') m
)
select coalesce(
    (select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = r.start),
    (select p.proname || '()' from pg_proc p where p.oid = r.start)) as holder, x.culprit, x.text,
  (select count(*) from reader f cross join lateral regexp_matches(x.tree, ':funcid ' || f.oid || ' ', 'g'))::int
    -- The constant begins with the bytes of request.jwt.
    + (select count(*) from regexp_matches(x.tree, ':funcid (?:2077|3294) [^{}]*:args \\(\\{CONST [^{}]*:constvalue \\d+ \\[ (?:-?\\d+ ){4}114 101 113 117 101 115 116 46 106 119 116 46', 'g'))::int as readers,
  (select coalesce(json_object_agg(f.name, f.prosrc), '{}'::json) from reader f where x.tree ~ (':funcid ' || f.oid || ' ')) as functions
from reach r join node x on x.relation = r.at`;

interface Row {
  /** A relation, or a function over its rows: `name()`. */
  readonly holder: string;
  readonly culprit: string;
  readonly text: string;
  readonly readers: number;
  readonly functions: Readonly<Record<string, string>>;
}

/** What the database describes to a role, with everything in it that reads claims. */
export async function describedToRole(database: Database, role: string): Promise<Schema> {
  const schema = await describedBy(database, { reader: role });
  // A database that tells it by itself is believed.
  if ([...schema.values()].some(({ reads }) => reads?.claims.length)) return schema;
  await database.exec("set search_path = pg_catalog");
  const { rows } = await database.query<Row>(SOURCES_SQL, []);
  await database.exec("reset search_path");
  const sources = new Map<string, ClaimSource[]>();
  for (const { holder, functions, ...source } of rows) {
    if (source.readers === 0) continue;
    const known = sources.get(holder) ?? [];
    sources.set(holder, [...known, { ...source, functions: new Map(Object.entries(functions)) }]);
  }
  const claimed = (reads: Reads, holder: string): Reads => ({ ...reads, claims: sources.get(holder) ?? [] });
  return new Map(
    [...schema].map(([name, { reads, computed, ...description }]) => {
      const functions = [...computed].map(([each, of]) => {
        return [each, { ...of, reads: claimed(of.reads, `${each}()`) }] as const;
      });
      const told = {
        ...description,
        computed: new Map(functions),
        ...(reads && { reads: claimed(reads, name) }),
      };
      return [name, told];
    }),
  );
}

/** The claims of a token by the paths that were asked for, as the database tells them. */
export function claimsIn(token: object, paths: readonly (readonly string[])[]): Claims {
  const at = (path: readonly string[]) =>
    path.reduce<unknown>(
      (value, step) => (value as Record<string, unknown> | null | undefined)?.[step],
      token,
    );
  return new Map(
    paths.map((path) => {
      const value = at(path);
      return [pathText(path), value === undefined ? null : JSON.stringify(value)];
    }),
  );
}
