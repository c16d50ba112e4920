// For tests that ask Postgres itself: what it says of its relations.

import { parseSchema } from "../schema/parse-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { SCHEMA_FUNCTION_SQL } from "../schema/sql/schema-sql.ts";

/** A PGlite, of whatever version. */
interface Database {
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string, parameters: unknown[]): Promise<{ readonly rows: readonly Row[] }>;
}

interface Question {
  /** Without: all. */
  readonly tables?: readonly string[] | null;
  /** Without: nobody knows who reads. */
  readonly reader?: string | null;
}

/** Installs the function, and asks it. */
export async function describedBy(database: Database, question?: Question): Promise<Schema> {
  await database.exec(SCHEMA_FUNCTION_SQL);
  return parseSchema(await describedText(database, question));
}

/** The answer of the installed function, as it came. */
export async function describedText(
  database: Database,
  { tables = null, reader = null }: Question = {},
): Promise<string> {
  const { rows } = await database.query<{ schema: string }>(
    "select tidemark_schema(tables => $1, reader => $2)::text as schema",
    [tables, reader],
  );
  return rows[0]?.schema ?? "";
}
