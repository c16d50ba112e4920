import { DATABASE_SQL } from "../../capture/outbox/database-sql.ts";
import { FIRST_OF_OTHERS } from "../../postgrest/schema/sql/object-ids.ts";
import type { CatalogueSource } from "../read/plans.ts";
import type { Catalogue } from "../sql/relations.ts";
import { TEXTS } from "./answers.ts";
import { TYPES_SQL } from "./catalogue-types.ts";
import type { PgClient, PgResult } from "./shapes.ts";

/**
 * Which database this is, and what names mean to this user: the relations that a name without a schema finds; functions that somebody made, which may
 * have the name of one of Postgres' own, or stand for a column; operators likewise; types that may run such functions; tables whose
 * policies hide nothing from them. Functions of extensions are of their makers, and what is on the list of pure ones is pure there, too.
 */
const CATALOGUE_SQL = `select json_build_object(
  'database', ${DATABASE_SQL},
  'visible', (select coalesce(json_object_agg(c.relname, n.nspname || '.' || c.relname), '{}')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
      and pg_catalog.pg_table_is_visible(c.oid)),
  'functions', (select coalesce(json_agg(distinct p.proname), '[]')
    from pg_catalog.pg_proc p where p.oid >= ${FIRST_OF_OTHERS} and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')),
  'operators', (select coalesce(json_agg(distinct o.oprname), '[]')
    from pg_catalog.pg_operator o where o.oid >= ${FIRST_OF_OTHERS} and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and d.objid = o.oid and d.deptype = 'e')),
  'unguarded', (select coalesce(json_agg(n.nspname || '.' || c.relname), '[]')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and not pg_catalog.row_security_active(c.oid)),
  'types', ${TYPES_SQL}
)::text as catalogue`;

interface CatalogueAnswer {
  readonly database: string | null;
  readonly visible: Readonly<Record<string, string>>;
  readonly functions: readonly string[];
  readonly operators: readonly string[];
  readonly unguarded: readonly string[];
  readonly types: {
    readonly all: boolean;
    readonly names: readonly string[];
    readonly relations: Readonly<Record<string, string>>;
  };
}

/** A function that somebody makes, with the name of one of Postgres' own, changes no map. */
const LASTS_MS = 60_000;

/** Lends a connection. `sent` is to be called when the last statement has been handed to it. */
export type Borrow = <T>(work: (client: PgClient, sent: () => void) => Promise<T>) => Promise<T>;

/** @param on lends a connection that is as its pool made it, or throws */
export function catalogueOf(on: Borrow): CatalogueSource {
  return { lastsMs: LASTS_MS, load: () => on(loaded) };
}

/** @throws what the database throws */
async function loaded(client: PgClient): Promise<Catalogue> {
  const { rows } = (await client.query({ text: CATALOGUE_SQL, types: TEXTS })) as PgResult;
  const [row] = rows as readonly { readonly catalogue: string }[];
  const { database, visible, functions, operators, unguarded, types } = JSON.parse(
    row?.catalogue ?? "",
  ) as CatalogueAnswer;
  return {
    database: database ?? undefined,
    visible: new Map(Object.entries(visible)),
    functions: new Set(functions),
    operators: new Set(operators),
    unguarded: new Set(unguarded),
    oddTypes: {
      all: types.all,
      names: new Set(types.names),
      relations: new Map(Object.entries(types.relations)),
    },
  };
}
