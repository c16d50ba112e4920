import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newFile, type Proposal, same } from "./proposal.ts";

const FOLDER = "supabase/migrations";

/**
 * The proposal for the migration that installs capture: a new file whenever it differs from the last one, because a migration
 * that has run is not changed any more.
 *
 * @param now its time, which is part of the name
 */
export function migrationFile(folder: string, sql: string, now: Date): Proposal {
  const there = migrationsIn(join(folder, FOLDER));
  const last = there.at(-1);
  if (last !== undefined && isSameText(readFileSync(join(folder, FOLDER, last), "utf8"), sql)) {
    return same(`${FOLDER}/${last}`);
  }
  // 20261128031500, as the Supabase CLI names them.
  const time = now.toISOString().replaceAll(/[-T:]|\..*$/g, "");
  return newFile(`${FOLDER}/${time}_tidemark.sql`, sql);
}

/** Git may have checked one out with other ends of lines. */
function isSameText(a: string, b: string): boolean {
  return a.replaceAll("\r\n", "\n") === b.replaceAll("\r\n", "\n");
}

function migrationsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+_tidemark\.sql$/.test(name))
    .sort();
}
