import { MAX_CLAIM_DEPTH } from "../../postgrest/claims/claims.ts";
import { identifier } from "../sql/quote.ts";

/** What one call may ask for, so that nobody makes it costly: bytes of its argument, paths, names in a path. */
const MOST = { bytes: 8_192, paths: 64, names: MAX_CLAIM_DEPTH };

/** The function's name and arguments. */
export const WHOAMI_FUNCTION = "tidemark_whoami(json)";

/**
 * `POST /rpc/tidemark_whoami` with a reader's own token, and with the paths of claims: `{ "paths": [["sub"], …] }` (S1).
 * PostgREST has verified the token by its own rules before it runs. It needs no secret, as it tells a caller no more than
 * the caller's own token says. It answers
 *
 * ```
 * { "role": text,            current_user
 *   "exp": text | null,      the claim's JSON, such as "1767225600"; the caller judges it
 *   "claims": [text | null] | null }   the JSON of each claim asked for as SQL prints it, null where it is missing; null
 *                                      as a whole if more is asked for than it tells
 * ```
 *
 * A name that looks like a number is refused: in a policy it may be a member or the place in a list, and those are not
 * the same claim.
 */
export function whoamiSql(exposedSchema: string): string {
  return `
create or replace function ${identifier(exposedSchema)}.tidemark_whoami(paths json) returns json
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select json_build_object('role', current_user, 'exp', (t.claims -> 'exp')::pg_catalog.text, 'claims',
    case when octet_length(paths::pg_catalog.text) <= ${MOST.bytes} then
      case when json_array_length(paths) <= ${MOST.paths} then (
        select case when bool_and(cardinality(p.names) <= ${MOST.names} and not exists (
            select from unnest(p.names) u (name) where u.name is null or u.name ~ '^[[:space:]]*[-+]?[0-9]+$')) is not false
          then coalesce(json_agg((t.claims #> p.names)::pg_catalog.text order by p.number), '[]') end
        from (
          select e.number, array(select json_array_elements_text(e.path)) as names
          from json_array_elements(paths) with ordinality e (path, number)
        ) p
      ) end
    end)
  from (select nullif(current_setting('request.jwt.claims', true), '')::pg_catalog.json as claims) t
$tidemark$;
`;
}
