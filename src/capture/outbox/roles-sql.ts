import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import { ANALYSIS_SCHEMA } from "../sql/constants.ts";

/**
 * An expression that changes with whatever decides which policies bind a reader and fires no event trigger (S7): roles
 * and who is in which, what `ALTER ROLE … SET` and `ALTER DATABASE … SET` have set here, and in whose name watched tables,
 * views and definers' functions run (`REASSIGN OWNED`). What Postgres counts of changes of roles stands for those that were
 * undone before a pull could see them; so a new password counts, too. It counts some seconds late.
 *
 * It is part of each pull. Measured: 0.4 ms with 20 roles, 200 views and 200 definers' functions; 4 ms with 2,000 roles.
 */
export const ROLES_DIGEST_SQL = `md5(concat_ws('/', (
      -- How often these have changed: what is changed and changed back leaves no other trace. Told some seconds late.
      select string_agg(concat_ws(' ', pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid)), ',' order by c.oid)
      from pg_catalog.pg_class c where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relname in ('pg_authid', 'pg_auth_members', 'pg_db_role_setting')), (
      select string_agg(concat_ws(' ', r.oid, r.rolsuper, r.rolinherit, r.rolbypassrls, quote_literal(r.rolname)), ',' order by r.oid)
      from pg_catalog.pg_roles r), (
      -- As a whole: from PostgreSQL 16 on a membership says by itself what it inherits.
      select string_agg(m::pg_catalog.text, ',' order by m.roleid, m.member, m.grantor) from pg_catalog.pg_auth_members m), (
      select string_agg(row(s.setdatabase, s.setrole, s.setconfig)::pg_catalog.text, ',' order by s.setdatabase, s.setrole)
      from pg_catalog.pg_db_role_setting s
      where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))), (
      select string_agg(concat_ws(' ', c.oid, c.relowner), ',' order by c.oid) from pg_catalog.pg_class c
      where c.oid >= ${FIRST_OF_OTHERS} and (c.relkind = 'v' and c.relpersistence <> 't'
        or c.oid in (select w.relation from tidemark.watched w))), (
      select string_agg(concat_ws(' ', p.oid, p.proowner), ',' order by p.oid) from pg_catalog.pg_proc p
      -- Our own are made anew by each migration.
      where p.oid >= ${FIRST_OF_OTHERS} and p.prosecdef and p.pronamespace <> all (array(
        select n.oid from pg_catalog.pg_namespace n where n.nspname in ('tidemark', '${ANALYSIS_SCHEMA}'))))))`;
