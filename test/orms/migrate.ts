import { readFile } from "node:fs/promises";
import { unstable_splitSqlQuery as statementsOf } from "wrangler";
import { installD1Sql, scriptOf } from "../../src/capture/d1/install-sql.ts";
import type { D1CaptureOptions } from "../../src/capture/d1/options.ts";
import { SCHEMA_QUESTIONS, schemaOf } from "../../src/capture/d1/schema/schema.ts";
import type { D1 } from "./start-worker.ts";

/** What `wrangler d1 migrations apply` does with a file. */
export async function migrate(database: D1, file: string): Promise<void> {
  for (const statement of statementsOf(await readFile(file, "utf8"))) await database.prepare(statement).run();
}

/** What `tidemark sql --d1` prints for a database. */
export async function captureSql(database: D1, options: D1CaptureOptions): Promise<string> {
  const answers = await database.batch(SCHEMA_QUESTIONS.map((sql) => database.prepare(sql)));
  const schema = schemaOf(answers.map(({ results }) => results as Record<string, unknown>[]));
  return scriptOf(installD1Sql(schema, options));
}
