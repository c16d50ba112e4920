import { existsSync } from "node:fs";
import * as module from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ResolvedConfig, TidemarkConfig } from "../../gateway/config/config.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { CommandError } from "./command-error.ts";
import { importModule, ModuleError } from "./import-module.ts";

export const CONFIG_FILE = "tidemark.config.ts";

/** Placeholders: the project does not matter here. That there is a secret means that changes are pulled. */
const NO_PROJECT = {
  SUPABASE_URL: "https://project.example",
  SUPABASE_PUBLISHABLE_KEY: "none",
  TIDEMARK_CAPTURE_SECRET: "none",
};

/**
 * The configuration of the gateway in this folder.
 *
 * @param path undefined: `tidemark.config.ts`
 * @throws CommandError when there is no file, or it cannot be loaded
 * @throws ConfigError when it is invalid
 */
export async function readConfig(path: string | undefined): Promise<ResolvedConfig> {
  const file = resolve(path ?? CONFIG_FILE);
  if (!existsSync(file)) {
    const hint =
      path === undefined
        ? "Run this in the gateway's folder, which tidemark init makes, or pass the file with --config"
        : "Check the path that --config gives";
    throw new CommandError(`there is no ${path ?? CONFIG_FILE} here`, hint, { exitCode: 2 });
  }
  return resolveConfig(await importConfig(file), NO_PROJECT);
}

/** The configuration, or the defaults when no path is given and there is no file. */
export async function readConfigIfAny(
  path: string | undefined,
): Promise<Pick<ResolvedConfig, "schemas" | "defaultSchema" | "audiences">> {
  if (path === undefined && !existsSync(CONFIG_FILE)) return resolveConfig({ tables: {} }, NO_PROJECT);
  return readConfig(path);
}

/** All relations whose changes matter: the configured ones and what they depend on. Sorted. */
export function relationsOf({
  tables,
  functions,
}: Pick<ResolvedConfig, "tables" | "functions">): readonly string[] {
  const configured = [...tables.values(), ...functions.values()];
  const relations = [...tables.keys(), ...configured.flatMap(({ dependsOn }) => dependsOn ?? [])];
  return [...new Set(relations)].sort();
}

/** A relation as the configuration names it: without the default schema. A name with a dot of its own needs the schema. */
export function configuredName(relation: string, defaultSchema: string): string {
  const short = relation.startsWith(`${defaultSchema}.`)
    ? relation.slice(defaultSchema.length + 1)
    : relation;
  return short.includes(".") ? relation : short;
}

let isHooked = false;

/**
 * Wrangler takes every TypeScript file for a module. Node takes it for CommonJS where package.json says `"type": "commonjs"`,
 * as `npm init` writes it, and would not load the configuration.
 */
function readTypeScriptAsModules(): void {
  // Node has hooks from 22.15 on, and runs TypeScript from 22.18 on. Imported by its name, it would stop an older one.
  if (isHooked || typeof module.registerHooks !== "function") return;
  isHooked = true;
  module.registerHooks({
    load: (url, context, next) =>
      next(
        url,
        context.format === "commonjs-typescript" ? { ...context, format: "module-typescript" } : context,
      ),
  });
}

async function importConfig(file: string): Promise<TidemarkConfig> {
  let exports: { readonly default?: TidemarkConfig };
  // What the file prints is not what the command prints, which somebody may pipe into a database.
  const { write } = process.stdout;
  try {
    process.stdout.write = process.stderr.write.bind(process.stderr);
    readTypeScriptAsModules();
    exports = await importModule(pathToFileURL(file).href);
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    // Node runs TypeScript from 22.18 on.
    const hint =
      error.code === "ERR_UNKNOWN_FILE_EXTENSION"
        ? `This is Node ${process.versions.node}; TypeScript needs 22.18 or newer`
        : "The file is loaded as a module: check that node can run it";
    throw new CommandError(`${file} cannot be loaded: ${error.message}`, hint, { cause: error });
  } finally {
    process.stdout.write = write;
  }
  if (exports.default === undefined) {
    throw new CommandError(`${file} has no default export`, "export default defineConfig({ tables: { … } })");
  }
  return exports.default;
}
