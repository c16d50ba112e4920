import { FIRST_OF_OTHERS } from "./object-ids.ts";

/**
 * The policies for reading that matter to a reader, and to those in whose name views and definers' functions read.
 *
 * As Postgres folds `true OR …` before it runs anything, a permissive policy that is constantly true makes those beside it
 * irrelevant (S14), whatever they call: `true` beside `is_admin()` is a common pair. It has to apply to everybody to whom
 * the other one does. Restrictive ones stay, as they are joined by AND.
 */
export const POLICIES = `
-- Whom policies may bind: the reader, and those in whose name views and definers' functions read.
bound as materialized (
  select r.oid from pg_roles r
  where not r.rolsuper and not r.rolbypassrls and (r.rolname = reader
    or r.oid in (select v.relowner from relation v where v.relkind in ('v', 'm'))
    or r.oid in (select p.proowner from pg_proc p where p.prosecdef and p.oid >= ${FIRST_OF_OTHERS}))
),
policy as materialized (
  select p.oid, p.polrelid, p.polpermissive, coalesce(pg_get_expr(p.polqual, p.polrelid), '') as source,
    0 = any (p.polroles) as is_public, array(
      select b.oid from bound b where exists (select from unnest(p.polroles) role where role = 0 or pg_has_role(b.oid, role, 'USAGE'))
    ) as bound
  from pg_policy p where p.polcmd in ('r', '*') and p.polrelid in (select r.oid from relation r where r.relrowsecurity)
),
irrelevant_policy as materialized (
  select p.oid
  from policy p join policy t on t.polrelid = p.polrelid
  where p.polpermissive and p.source <> 'true' and t.polpermissive and t.source = 'true'
    and (t.is_public or (t.bound @> p.bound and exists (select from pg_roles r where r.rolname = reader)))
),
relevant_policy as materialized (
  select p.* from policy p
  where p.oid not in (select i.oid from irrelevant_policy i)
    and (p.is_public or p.bound <> '{}' or not exists (select from pg_roles r where r.rolname = reader))
)`;
