import postgres, { type Sql } from "postgres";
import { parseSchema } from "../../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../../postgrest/schema/schema.ts";
import { schemaFunctionSql } from "../../../postgrest/schema/sql/schema-sql.ts";
import { tlsOf } from "../../../relay/listen.ts";
import { reasonOf } from "../../../relay/reason.ts";
import { CommandError } from "../../command/command-error.ts";
import { type Descriptions, describedTable, isOfItsOwn } from "./described.ts";
import type { Survey, SurveyedPolicy } from "./survey.ts";

const CONNECT_TIMEOUT_S = 10;

/** Made in a transaction that is rolled back, so that the database is as it was. */
const FUNCTION = "pg_temp.tidemark_init";

/** Relations that the API may show: granted to a role that reads, and of no extension. Without these roles: all. */
const FACTS = `
  select n.nspname || '.' || c.relname as relation, c.relrowsecurity as row_security
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    and (not exists (select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated'))
      or exists (select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated')
        and pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select')))
  order by 1`;

const POLICIES = `
  select p.schemaname || '.' || p.tablename as relation, p.policyname as name, pg_catalog.to_json(p.roles)::text as roles, coalesce(p.qual, '') as condition
  from pg_catalog.pg_policies p where p.schemaname = any ($1) and p.cmd in ('ALL', 'SELECT') order by 1, 2`;

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
  if (!URL.canParse(url) || !/^postgres(?:ql)?:$/.test(new URL(url).protocol)) {
    const hint = "It begins with postgres://: dashboard, Connect, Session pooler";
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
  // Arrays as texts, because types are not fetched.
  const list = [`{${schemas.map((name) => `"${name.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`];
  await sql.unsafe(schemaFunctionSql(FUNCTION));
  const describe = async (reader: string): Promise<Schema | undefined> => {
    const [role] = await sql.unsafe("select from pg_catalog.pg_roles where rolname = $1", [reader]);
    if (role === undefined) return undefined;
    return described(
      await sql.unsafe(`select ${FUNCTION}($1::text[], null, $2)::text as told`, [...list, reader]),
    );
  };
  const descriptions: Descriptions = {
    anonymous: await describe("anon"),
    signedIn: await describe("authenticated"),
  };
  const schema =
    descriptions.signedIn ??
    descriptions.anonymous ??
    described(await sql.unsafe(`select ${FUNCTION}($1::text[])::text as told`, list));
  const facts = (await sql.unsafe(FACTS, list)) as unknown as {
    relation: string;
    row_security: boolean | string;
  }[];
  const policies = await policiesOf(sql, list);
  const tables = facts.flatMap(({ relation, row_security }) => {
    const description = schema.get(relation);
    if (description === undefined || !isOfItsOwn(description)) return [];
    const isTable = description.kind === "table" || description.kind === "partitioned";
    const rowSecurity = isTable ? row_security === true || row_security === "t" : undefined;
    const told = { rowSecurity, policies: isTable ? (policies.get(relation) ?? []) : undefined };
    return [describedTable(relation, description, descriptions, told)];
  });
  return { source: "the database", tables };
}

function described(rows: readonly Record<string, unknown>[]): Schema {
  return parseSchema(String(rows[0]?.told), { bounds: true });
}

async function policiesOf(
  sql: Pick<Sql, "unsafe">,
  list: string[],
): Promise<ReadonlyMap<string, readonly SurveyedPolicy[]>> {
  const rows = (await sql.unsafe(POLICIES, list)) as unknown as {
    relation: string;
    name: string;
    roles: string;
    condition: string;
  }[];
  const policies = rows.map(({ relation, name, roles, condition }) => {
    const named = (JSON.parse(roles) as string[]).filter((role) => role !== "public");
    return { relation, name, roles: named, using: condition };
  });
  return Map.groupBy(policies, ({ relation }) => relation);
}
