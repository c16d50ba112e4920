import type { Random } from "../random.ts";
import type { TableName } from "./ground.ts";

/**
 * The patterns of docs/design/audiences.md, and some that must not be understood: a policy that is not (*opaque*)
 * may only cost hits.
 */
const CONDITIONS: Readonly<Record<TableName, readonly string[]>> = {
  docs: [
    "true",
    "false",
    "auth.uid() = owner",
    "(select auth.uid()) = owner",
    "owner = auth.uid()",
    "published",
    "published = true or owner = auth.uid()",
    "team_id in (select memberships.team_id from memberships where memberships.user_id = (select auth.uid()))",
    "exists (select 1 from memberships m where m.team_id = docs.team_id and m.user_id = auth.uid())",
    "exists (select 1 from memberships m join teams t on t.id = m.team_id where t.id = docs.team_id and m.user_id = auth.uid())",
    "private.is_member(team_id)",
    "(select private.is_member(docs.team_id))",
    "team_id in (select private.my_teams())",
    "team_id = any (array(select private.my_teams()))",
    "private.owns_team(team_id)",
    "public.has_role(auth.uid(), 'admin'::public.app_role)",
    "(select public.has_role((select auth.uid()), 'editor'))",
    "private.is_admin()",
    "(select profiles.role from profiles where profiles.id = auth.uid()) = 'admin'",
    "auth.role() = 'authenticated'",
    "auth.uid() is not null",
    "auth.uid()::text = owner_text",
    "(select auth.jwt() ->> 'sub') = owner_text",
    "auth.email() = owner_text",
    "(auth.jwt() -> 'app_metadata' ->> 'tenant') = tenant",
    "((auth.jwt() -> 'app_metadata') -> 'tenant') = to_jsonb(tenant)",
    "org_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::bigint",
    "tenant = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant')",
    "auth.uid() = any (members)",
    "(select auth.uid()) in (select unnest(members))",
    "(auth.jwt() ->> 'aal') = 'aal2'",
    "coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) is false",
    "private.session_is_odd()",
    "tenant = private.tenant()",
    "(auth.jwt() ->> 'exp')::bigint > 0",
    "(auth.jwt() -> 'amr') @> '[{\"method\": \"password\"}]' and published",
    "current_user = 'staff'",
    "not exists (select 1 from notes n where n.doc_id = docs.id and n.user_id = auth.uid())",
    "auth.jwt() ? 'tenant' and auth.jwt() ->> 'tenant' is distinct from docs.tenant",
    "length(auth.jwt()::text) % 2 = 0",
  ],
  notes: [
    "true",
    "user_id = (select auth.uid())",
    "exists (select 1 from docs d where d.id = notes.doc_id)",
    "exists (select 1 from docs d where d.id = notes.doc_id and d.owner = auth.uid())",
    "user_id is distinct from auth.uid()",
  ],
  memberships: [
    "true",
    "user_id = auth.uid()",
    "team_id in (select t.id from teams t where t.owner = auth.uid())",
  ],
  teams: [
    "true",
    "owner = auth.uid()",
    "owner = auth.uid() or private.is_member(id)",
    "(auth.jwt() ->> 'tenant') = name",
  ],
  profiles: ["true", "id = auth.uid()", "role <> 'admin' or id = (select auth.uid())"],
  roles: ["user_id = auth.uid()", "true"],
};

const ROLES = ["public", "authenticated", "anon, authenticated", "staff", "authenticated, staff"];

/** `create policy` with one condition of the table's. */
export function policySql(random: Random, table: TableName, name: string): string {
  const kind = random.chance(0.2) ? " as restrictive" : "";
  const condition = random.pick(CONDITIONS[table]);
  return `create policy ${name} on public.${table}${kind} for select to ${random.pick(ROLES)} using (${condition})`;
}

/** Another condition for a policy that exists. */
export function alterPolicySql(random: Random, table: TableName, name: string): string {
  if (random.chance(0.3)) return `alter policy ${name} on public.${table} to ${random.pick(ROLES)}`;
  return `alter policy ${name} on public.${table} using (${random.pick(CONDITIONS[table])})`;
}
