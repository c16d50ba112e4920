import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { hash32 } from "../../runtime/hash.ts";
import { BATCHES_SQL } from "./batches-sql.ts";
import { COLUMN_SQL } from "./column-sql.ts";
import { IMAGES_SQL } from "./images-sql.ts";
import { OBSTACLE_SQL } from "./obstacle-sql.ts";
import { TRIGGER_SQL } from "./trigger-sql.ts";
import { WATCH_SQL } from "./watch-sql.ts";

/** All SQL that helps to write the functions out. When it changes, they may change, too. */
const WRITERS = [OBSTACLE_SQL, WATCH_SQL, COLUMN_SQL, IMAGES_SQL, BATCHES_SQL, TRIGGER_SQL].join("");
const VERSION = [0, 1].map((seed) => hash32(WRITERS, seed).toString(36)).join("-");

/**
 * To write out the functions of one table takes some ten milliseconds, and each DDL looks at every watched table. So a
 * digest of everything that `capture_definition` and `told_columns` read is stored with the result, and nothing is
 * written while it stays the same. Whatever those two read in future must be added here.
 *
 * Types of Postgres' own change only with its version. For the others the digest covers what they are printed by.
 */
export const FINGERPRINT_SQL = `
create or replace function tidemark.fingerprint(watched tidemark.watched) returns text
language sql stable set search_path = pg_catalog, pg_temp as $tidemark$
  select md5(json_build_array('${VERSION}', current_setting('server_version_num'), watched.number, watched.columns,
    s.time_zone, s.nudge <> 'off', (select count(*) > 1 from tidemark.family(watched.relation)), (
      select json_agg(json_build_array(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.attnotnull,
        case when a.atttypid >= ${FIRST_OF_OTHERS} then tidemark.printed(a.atttypid) end) order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = watched.relation and a.attnum > 0 and not a.attisdropped),
    -- Captured although they were not chosen.
    case when watched.columns is not null then (
      select json_agg(k.name order by k.name) from (select distinct p.name from tidemark.partition_key(watched.relation) p (name)) k) end,
    case when watched.columns is not null then (
      select json_agg(i.indkey) from pg_catalog.pg_index i where i.indrelid = watched.relation and i.indisprimary) end
  )::pg_catalog.text)
  from tidemark.settings s
$tidemark$;
`;
