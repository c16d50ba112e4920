/**
 * Which database this is: text, null without an installation that has a number. Any role may ask, so that a driver can
 * compare its own with the keeper's. The numbers of objects tell a restored dump, which has the comment, too, from the
 * database it was taken of; nothing in it tells a copy of the files.
 */
export const DATABASE_SQL = `(select pg_catalog.md5(pg_catalog.concat_ws(' ', d.oid, n.oid, pg_catalog.obj_description(n.oid, 'pg_namespace')))
    from pg_catalog.pg_namespace n join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
    where n.nspname = 'tidemark' and pg_catalog.obj_description(n.oid, 'pg_namespace') is not null)`;
