import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import * as v from "valibot";
import { CommandError } from "../../command/command-error.ts";
import { surveyDatabase } from "./database.ts";
import { tablesInMigrations } from "./migrations.ts";
import type { Survey } from "./survey.ts";

/** What the Supabase CLI's `config.toml` says of the project on this machine, with the CLI's defaults. */
const configShape = v.object({
  api: v.optional(
    v.object({
      port: v.optional(v.number(), 54_321),
      schemas: v.optional(v.array(v.string()), ["public", "graphql_public"]),
    }),
    {},
  ),
  db: v.optional(v.object({ port: v.optional(v.number(), 54_322) }), {}),
});

/** A `supabase/` folder, as the Supabase CLI makes one. */
export interface SupabaseFolder {
  readonly path: string;
  /** Whether the Supabase CLI made it: init itself makes one for its migration. */
  readonly isOfCli: boolean;
  /** The local API. */
  readonly apiUrl: string;
  readonly databaseUrl: string;
  /** Those that the API exposes and that hold tables. */
  readonly schemas: readonly string[];
}

/**
 * Undefined when there is no such folder.
 *
 * @throws CommandError when its `config.toml` cannot be read
 */
export function readSupabaseFolder(path: string): SupabaseFolder | undefined {
  if (!existsSync(path)) return undefined;
  const file = join(path, "config.toml");
  const { api, db } = existsSync(file) ? parsed(file) : v.parse(configShape, {});
  const schemas = api.schemas.filter((name) => name !== "graphql_public");
  return {
    path,
    isOfCli: existsSync(file),
    apiUrl: `http://127.0.0.1:${api.port}`,
    databaseUrl: `postgres://postgres:postgres@127.0.0.1:${db.port}/postgres`,
    schemas: schemas.length === 0 ? ["public"] : schemas,
  };
}

function parsed(file: string): v.InferOutput<typeof configShape> {
  try {
    return v.parse(configShape, parse(readFileSync(file, "utf8")));
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new CommandError(`${file} cannot be read: ${reason}`, "The Supabase CLI could not read it either", {
      cause: error,
    });
  }
}

/**
 * Asks the local database if it runs, and otherwise reads the migrations, which tell less.
 *
 * @returns undefined when neither shows a table
 * @throws CommandError when the local database has no such schema
 */
export async function surveyFolder(
  folder: SupabaseFolder,
  schemas: readonly string[],
): Promise<Survey | undefined> {
  try {
    return { ...(await surveyDatabase(folder.databaseUrl, schemas)), source: "the local Supabase" };
  } catch (error) {
    // It has answered, and there is no such schema.
    if (error instanceof CommandError && error.exitCode === 2) throw error;
    const tables = tablesInMigrations(scriptsIn(folder.path), schemas);
    return tables.length > 0 ? { source: `the migrations in ${folder.path}`, tables } : undefined;
  }
}

/** Declared schemas, and then migrations, by name: that is their order. */
function scriptsIn(path: string): readonly string[] {
  return ["schemas", "migrations"].flatMap((name) => {
    const folder = join(path, name);
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
    return files.sort().map((file) => readFileSync(join(folder, file), "utf8"));
  });
}
