// For tests that ask Postgres itself what it says about its relations.

import { parseSchema } from "../schema/parse-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { SCHEMA_FUNCTION_SQL } from "../schema/sql/schema-sql.ts";

/** A PGlite of any version. */
export interface Database {
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string, parameters: unknown[]): Promise<{ readonly rows: readonly Row[] }>;
}

interface Question {
  /** Undefined: all. */
  readonly tables?: readonly string[] | null;
  /** Undefined: the reader is not known. */
  readonly reader?: string | null;
}

/** Installs the function and asks it. */
export async function describedBy(database: Database, question?: Question): Promise<Schema> {
  await database.exec(SCHEMA_FUNCTION_SQL);
  return parseSchema(await describedText(database, question));
}

/** The text that the installed function returns. */
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
