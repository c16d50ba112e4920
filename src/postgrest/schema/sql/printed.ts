/** A function `f`, of the CTE `fn` or of `pg_proc`, as people know it: `public.is_member(team_id integer)`. */
export const SIGNATURE =
  "f.nspname || '.' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')'";

/** The body of a function `f` as Postgres prints it; null if that is not known. */
export const PRINTED_BODY =
  "coalesce((select a.printed from analysed a where a.function = f.oid), pg_get_function_sqlbody(f.oid))";
