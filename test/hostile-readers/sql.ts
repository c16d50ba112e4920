/** Ann's and Bob's, and of somebody else. */
export const A = "00000000-0000-4000-8000-00000000000a";
export const B = "00000000-0000-4000-8000-00000000000b";
export const C = "00000000-0000-4000-8000-00000000000c";

/** One secret of Ann's and one of Bob's; what is written to it decides nothing. */
export const SECRETS = `
create table public.secrets (id int primary key, owner uuid, published boolean, featured boolean);
insert into public.secrets values (1, '${A}', true, false), (2, '${B}', true, false);
alter table public.secrets enable row level security;`;

/** A table that shows Ann that she is let in, and Bob nothing. */
export const GATE = `
create table public.gates (user_id uuid);
insert into public.gates values ('${A}');
alter table public.gates enable row level security;
create policy gate on public.gates to authenticated using (user_id = auth.uid());`;

export const OWN = "auth.uid() = owner";

/** All claims, as SQL that says so without a function of Supabase's. */
export const CLAIMS = "current_setting('request.jwt.claims', true)::jsonb";

/** Longer than the 63 bytes that Postgres keeps of a name. */
export const LONG = "is_the_current_user_a_member_of_the_organization_that_owns_this_project";

export function policy(using: string): string {
  return `create policy secret on public.secrets using (${using});`;
}

/** A function of SQL without arguments, whose body is a text. */
export function sqlFunction(name: string, returns: string, body: string): string {
  return `create function ${name} returns ${returns} language sql stable as $$ ${body} $$;`;
}

/** `private.f()`, which nobody can look into, as the policy of the secrets. */
export function opaque(body: string, kind: "stable" | "volatile" = "stable"): string {
  return `create function private.f() returns boolean language plpgsql ${kind} as $f$ ${body} $f$;
    ${policy("private.f()")}`;
}
