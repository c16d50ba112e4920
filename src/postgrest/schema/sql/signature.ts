/** A function `f` of the CTE `fn`, as people know it: `public.is_member(team_id integer)`. */
export const SIGNATURE =
  "f.nspname || '.' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')'";
