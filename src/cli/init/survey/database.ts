import postgres, { type Sql } from "postgres";
import { literal, textArray } from "../../../capture/sql/quote.ts";
import { parseSchema } from "../../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../../postgrest/schema/schema.ts";
import { schemaFunctionSql } from "../../../postgrest/schema/sql/schema-sql.ts";
import { tlsOf } from "../../../relay/listen.ts";
import { isDatabaseUrl } from "../../../relay/options.ts";
import { reasonOf } from "../../../relay/reason.ts";
import { CommandError } from "../../command/command-error.ts";
import { type Descriptions, describedTable, isOfItsOwn } from "./described.ts";
import type { Survey, SurveyedPolicy } from "./survey.ts";

const CONNECT_TIMEOUT_S = 10;

/** Made in a transaction that is rolled back, so that the database is as it was. */
const FUNCTION = "pg_temp.tidemark_init";

/** Relations that the API may show: granted to a role that reads, and of no extension. Without these roles: all. */
const shownSql = (schemas: string) => `
  select n.nspname || '.' || c.relname as relation
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    and (not exists (select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated'))
      or exists (select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated')
        and pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select')))
  order by 1`;

const missingSql = (schemas: string) => `
  select s.name from pg_catalog.unnest(${schemas}) with ordinality s (name, number)
  where not exists (select from pg_catalog.pg_namespace n where n.nspname = s.name) order by s.number`;

const policiesSql = (schemas: string) => `
  select p.schemaname || '.' || p.tablename as relation, p.policyname as name, pg_catalog.to_json(p.roles)::text as roles, coalesce(p.qual, '') as condition
  from pg_catalog.pg_policies p where p.schemaname = any (${schemas}) and p.cmd in ('ALL', 'SELECT') order by 1, 2`;

/**
 * Asks the database itself, by the SQL that capture installs. It changes nothing.
 *
 * @param url of a role that sees the tables, best their owner
 * @param schemas that the API exposes
 * @throws CommandError when the database cannot be reached, or does not let it be asked
 */
export async function surveyDatabase(url: string, schemas: readonly string[]): Promise<Survey> {
  const sql = open(url);
  try {
    // With one connection only, a transaction by hand is safe, and its end is ours to choose.
    await sql.unsafe("begin");
    try {
      return await ask(sql, schemas);
    } finally {
      await sql.unsafe("rollback").catch(() => {});
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const hint =
      "Check DATABASE_URL: a role that owns the tables, at an address that can be reached from here";
    throw new CommandError(`the database cannot be asked: ${reasonOf(error)}`, hint, { cause: error });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function open(url: string): Sql {
  if (!isDatabaseUrl(url)) {
    const hint =
      "It must begin with postgres://, and have %25 for a % in its password. Copy it from the dashboard: Connect → Session pooler";
    throw new CommandError("DATABASE_URL is not the address of a database", hint, { exitCode: 2 });
  }
  return postgres(url, {
    ...tlsOf(url),
    max: 1,
    fetch_types: false,
    connect_timeout: CONNECT_TIMEOUT_S,
    connection: { application_name: "tidemark init" },
    onnotice: () => {},
  });
}

async function ask(sql: Pick<Sql, "unsafe">, schemas: readonly string[]): Promise<Survey> {
  const list = textArray(schemas);
  const missing = await sql.unsafe<{ name: string }[]>(missingSql(list));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    const hint = "Name the schemas that PostgREST exposes: --schemas, or schemas in tidemark.config.ts";
    throw new CommandError(`the database has no schema ${names}`, hint, { exitCode: 2 });
  }
  await sql.unsafe(schemaFunctionSql(FUNCTION));
  const tell = async (reader: string | null): Promise<Told> => {
    const role = reader === null ? "null" : literal(reader);
    const [row] = await sql.unsafe(`select ${FUNCTION}(${list}, null, ${role})::text as told`);
    const text = String(row?.told);
    return { schema: parseSchema(text, { bounds: true }), relations: JSON.parse(text) };
  };
  const tellIfAny = async (reader: string): Promise<Told | undefined> => {
    const [role] = await sql.unsafe("select from pg_catalog.pg_roles where rolname = $1", [reader]);
    return role === undefined ? undefined : tell(reader);
  };
  const anonymous = await tellIfAny("anon");
  const signedIn = await tellIfAny("authenticated");
  const { schema, relations } = signedIn ?? anonymous ?? (await tell(null));
  const descriptions: Descriptions = { anonymous: anonymous?.schema, signedIn: signedIn?.schema };
  const shown = await sql.unsafe<{ relation: string }[]>(shownSql(list));
  const policies = await policiesOf(sql, list);
  const tables = shown.flatMap(({ relation }) => {
    const description = schema.get(relation);
    if (description === undefined || !isOfItsOwn(description)) return [];
    const told = { rowSecurity: relations[relation]?.rowSecurity, policies: policies.get(relation) ?? [] };
    return [describedTable(relation, description, descriptions, told)];
  });
  return { source: "the database", tables };
}

/** What the database tells of itself, and of that what `parseSchema` leaves out. */
interface Told {
  readonly schema: Schema;
  readonly relations: Readonly<Record<string, { readonly rowSecurity: boolean }>>;
}

async function policiesOf(
  sql: Pick<Sql, "unsafe">,
  list: string,
): Promise<ReadonlyMap<string, readonly SurveyedPolicy[]>> {
  const rows = await sql.unsafe<{ relation: string; name: string; roles: string; condition: string }[]>(
    policiesSql(list),
  );
  const policies = rows.map(({ relation, name, roles, condition }) => {
    const named = (JSON.parse(roles) as string[]).filter((role) => role !== "public");
    return { relation, name, roles: named, using: condition };
  });
  return Map.groupBy(policies, ({ relation }) => relation);
}
