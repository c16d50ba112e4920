import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ResolvedConfig, TidemarkConfig } from "../../gateway/config/config.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { CommandError } from "./command-error.ts";

export const CONFIG_FILE = "tidemark.config.ts";

/** Which project it is does not matter here. */
const NO_PROJECT = { SUPABASE_URL: "https://project.example", SUPABASE_PUBLISHABLE_KEY: "none" };

/**
 * The configuration of the gateway in this folder.
 *
 * @throws CommandError when there is none, or it cannot be loaded
 * @throws ConfigError when it is wrong
 */
export async function readConfig(path: string | undefined): Promise<ResolvedConfig> {
  const file = resolve(path ?? CONFIG_FILE);
  if (!existsSync(file)) {
    const hint = "Run it in the gateway's folder, or say where it is with --config";
    throw new CommandError(`there is no ${path ?? CONFIG_FILE} here`, hint, { exitCode: 2 });
  }
  return resolveConfig(await importConfig(file), NO_PROJECT);
}

/** The configuration if there is one or it was asked for; else what holds without. */
export async function readConfigIfAny(
  path: string | undefined,
): Promise<Pick<ResolvedConfig, "schemas" | "defaultSchema">> {
  if (path === undefined && !existsSync(CONFIG_FILE)) return resolveConfig({ tables: {} }, NO_PROJECT);
  return readConfig(path);
}

/** All relations whose changes matter: those configured, and what they depend on. Sorted. */
export function relationsOf({ tables }: Pick<ResolvedConfig, "tables">): readonly string[] {
  const relations = [...tables.values()].flatMap(({ relation, dependsOn }) => [
    relation,
    ...(dependsOn ?? []),
  ]);
  return [...new Set(relations)].sort();
}

async function importConfig(file: string): Promise<TidemarkConfig> {
  let exports: { readonly default?: TidemarkConfig };
  try {
    exports = await import(pathToFileURL(file).href);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Node runs TypeScript since 22.18.
    const hint =
      code === "ERR_UNKNOWN_FILE_EXTENSION"
        ? `This is Node ${process.versions.node}; TypeScript needs 22.18 or newer`
        : "It is loaded as a module: does it run with node?";
    throw new CommandError(`${file} cannot be loaded: ${message.split("\n")[0]}`, hint, { cause: error });
  }
  if (exports.default === undefined) {
    throw new CommandError(`${file} has no default export`, "export default defineConfig({ tables: { … } })");
  }
  return exports.default;
}
