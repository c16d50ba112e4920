import type { Sql } from "postgres";
import { captureSql, removeCaptureSql, schemaSql } from "../../capture-sql.ts";

/** One of Postgres' own functions that we may call. */
export interface CatalogFunction {
  readonly name: string;
  /** Types as `format_type` prints them; a variadic last one as the type of its elements. */
  readonly takes: readonly string[];
  readonly variadic: boolean;
  readonly gives: string;
  readonly aggregate: boolean;
}

/** The names in our SQL that another role may give to its own objects. */
export interface Names {
  readonly functions: readonly CatalogFunction[];
  /** Those that the installer's own session calls, with its own search path. */
  readonly exposed: readonly CatalogFunction[];
  readonly operators: readonly { readonly name: string; readonly gives: string }[];
  readonly types: readonly string[];
  readonly relations: readonly string[];
  /** Our own settings, which any role may set. */
  readonly settings: readonly string[];
}

/** Every script that we give a user to run, with the bodies of what it defines. */
function printedSql(): string {
  const access = { secretHash: "0".repeat(64), callers: ["anon"] };
  const tables = [{ relation: "public.a" }, { relation: "public.b", columns: ["c"] }];
  return [
    captureSql({
      ...access,
      tables,
      nudge: { url: "https://example.org", secret: `whsec_${"A".repeat(32)}` },
    }),
    schemaSql(access),
    // Callers are kept.
    schemaSql({ secretHash: access.secretHash }),
    removeCaptureSql(),
  ].join("\n");
}

/** The statements of the script itself and of its DO blocks. */
function outsideFunctions(sql: string): string {
  return sql.replace(/create or replace function[^$]*\$tidemark\$.*?\$tidemark\$/gs, "");
}

/**
 * Finds the names in the text, so that a name that our SQL starts to use is attacked from then on. Every word counts,
 * even in a comment: too many names only cost a little time.
 */
export async function namesOf(sql: Sql): Promise<Names> {
  const text = printedSql();
  const words = [...new Set(text.toLowerCase().match(/[a-z_][a-z0-9_]*/g))];
  const called = new Set(
    outsideFunctions(text)
      .toLowerCase()
      .match(/[a-z_][a-z0-9_]*(?=\()/g),
  );
  const signs = [...new Set(text.match(/[-+*/<>=~!@#%^&|]+/g))];
  const functions = await sql<CatalogFunction[]>`
    select p.proname as name, p.prokind = 'a' as aggregate, p.provariadic <> 0 as variadic,
      case when t.typtype = 'p' then 'text' else pg_catalog.format_type(t.oid, null) end as gives,
      array(select pg_catalog.format_type(case when p.provariadic <> 0 and a.n = p.pronargs then p.provariadic else a.type end, null)
        from unnest(p.proargtypes::oid[]) with ordinality a (type, n) order by a.n) as takes
    from pg_catalog.pg_proc p join pg_catalog.pg_type t on t.oid = p.prorettype
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any (${words}) and p.prokind in ('f', 'a')
      and not 'internal'::regtype = any (p.proargtypes::oid[]) and not 'cstring'::regtype = any (p.proargtypes::oid[])
    order by p.oid`;
  const operators = await sql<{ name: string; gives: string }[]>`
    select o.oprname as name, pg_catalog.format_type((array_agg(case when t.typtype = 'p' then 'text'::regtype else t.oid end order by o.oid))[1], null) as gives
    from pg_catalog.pg_operator o join pg_catalog.pg_type t on t.oid = o.oprresult
    where o.oprname = any (${signs}) and o.oprleft <> 0 group by o.oprname order by o.oprname`;
  const types = await sql<{ name: string }[]>`
    select t.typname as name from pg_catalog.pg_type t
    where t.typnamespace = 'pg_catalog'::regnamespace and t.typrelid = 0 and t.typtype <> 'p' and t.typelem = 0
      and t.typname = any (${words}) order by 1`;
  const relations = await sql<{ name: string }[]>`
    select c.relname as name from pg_catalog.pg_class c
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v') and c.relname = any (${words}) order by 1`;
  const ours = [...text.matchAll(/(?:from|join|into|update|tidemark\.)\s*([a-z_]+)/g)].map(
    ([, name]) => name ?? "",
  );
  return {
    functions: [...functions],
    exposed: functions.filter(({ name }) => called.has(name)),
    operators: [...operators],
    types: types.map(({ name }) => name),
    relations: [...new Set([...relations.map(({ name }) => name), ...ours])].filter(
      (name) => !name.startsWith("pg_temp"),
    ),
    settings: [...new Set(text.match(/(?<=')tidemark\.[a-z_]+(?=')/g))],
  };
}
