import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { ANALYSER } from "../sql/constants.ts";

/** The rows of a catalog that somebody has made, each as one text, in order. */
function rows(catalog: string, columns: readonly string[], condition = "true"): string {
  const texts = columns.map((column) => `c.${column}`).join(", ");
  return `(select md5(string_agg(concat_ws(' ', ${texts}), ',' order by ${texts}))
    from pg_catalog.${catalog} c where c.${columns[0]} >= ${FIRST_OF_OTHERS} and ${condition})`;
}

/**
 * A digest of everything by which Postgres finds what a name, an operator or a cast in a body means, and what type it has. To
 * parse all bodies after each DDL would take longer than all else that we do then; most DDL (policies, triggers, indexes,
 * rights on tables, bodies of functions) changes none of this. What it covers must only become more.
 */
export const NAMES_SQL = `
create or replace function tidemark.names_digest(others text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select md5(concat_ws('/', others,
    (select string_agg(concat_ws(' ', n.oid, n.nspname, n.nspowner, n.nspacl), ',' order by n.oid)
      from pg_catalog.pg_namespace n where n.nspname !~ '^pg_(temp|toast)'),
    (select string_agg(m.roleid::pg_catalog.text, ',' order by m.roleid) from pg_catalog.pg_auth_members m where m.member = to_regrole('${ANALYSER}')),
    ${[
      rows(
        "pg_class",
        ["oid", "relname", "relnamespace", "relkind", "reltype"],
        "c.relkind in ('r', 'p', 'v', 'm', 'f', 'c', 'S') and c.relpersistence <> 't'",
      ),
      rows(
        "pg_attribute",
        ["attrelid", "attnum", "attname", "atttypid", "atttypmod", "attcollation", "attisdropped"],
        "c.attnum > 0",
      ),
      rows("pg_proc", [
        ...["oid", "proname", "pronamespace", "prokind", "proretset", "provolatile", "provariadic"],
        ...["pronargdefaults", "prorettype", "proargtypes", "proallargtypes", "proargmodes", "proargnames"],
      ]),
      rows("pg_type", [
        ...["oid", "typname", "typnamespace", "typtype", "typcategory", "typispreferred", "typelem"],
        ...["typbasetype", "typtypmod", "typcollation"],
      ]),
      rows("pg_operator", ["oid", "oprname", "oprnamespace", "oprleft", "oprright", "oprresult", "oprcode"]),
      rows("pg_cast", ["oid", "castsource", "casttarget", "castfunc", "castcontext", "castmethod"]),
      rows("pg_enum", ["oid", "enumtypid", "enumlabel"]),
      rows("pg_collation", ["oid", "collname", "collnamespace"]),
    ].join(",\n    ")}))
$tidemark$;
`;
