import { readFileSync } from "node:fs";

/** The schema `auth`, as Supabase defines it, and the roles that may use it. For a database without them. */
export const AUTH_SQL = `
do $$ declare role text; begin
  foreach role in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(role) is null then execute format('create role %I nologin', role); end if;
  end loop;
end $$;
${readFileSync(new URL("../demo/auth.sql", import.meta.url), "utf8")}`;
