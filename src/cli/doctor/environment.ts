import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

export interface Environment {
  readonly SUPABASE_URL?: string;
  readonly SUPABASE_PUBLISHABLE_KEY?: string;
  readonly SUPABASE_ANON_KEY?: string;
  readonly TIDEMARK_MODE?: string;
  readonly TIDEMARK_CAPTURE_SECRET?: string;
  readonly TIDEMARK_CAPTURE_TOKEN?: string;
  readonly TIDEMARK_NUDGE_SECRET?: string;
  readonly TIDEMARK_ADMIN_SECRET?: string;
  readonly TIDEMARK_WEBHOOK_SECRET?: string;
}

/** The gateway's settings: `.dev.vars` in this folder, as for `wrangler dev`, overridden by the environment. */
export function readEnvironment(folder = process.cwd()): Environment {
  return { ...devVars(join(folder, ".dev.vars")), ...process.env };
}

function devVars(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
