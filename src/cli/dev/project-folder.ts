import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError, type ResolvedConfig, type TidemarkConfig } from "../../gateway/config/config.ts";
import { resolveConfig } from "../../gateway/config/resolve-config.ts";
import { nudgeCheck, secretChecks } from "../check/secret-checks.ts";
import { CommandError } from "../command/command-error.ts";
import { readEnvironment } from "../command/environment.ts";
import { importModule, type ModuleError } from "../command/import-module.ts";
import { CONFIG_FILE } from "../command/project.ts";
import { environmentIn, textsOf } from "../command/wrangler-file.ts";
import { bundleError } from "./workerd/bundle-error.ts";
import type { DevTools } from "./workerd/tools.ts";

/** A gateway's folder, as `tidemark init` makes it: what of it a run on this machine needs. */
export interface ProjectFolder {
  /** The module that `main` of the wrangler file names. */
  readonly entry: string;
  /** All variables of the wrangler file, with the gateway's settings from `.dev.vars` and the environment. */
  readonly env: Readonly<Record<string, unknown>>;
  readonly compatibilityDate?: string;
  readonly compatibilityFlags?: readonly string[];
}

/**
 * @param environment as `wrangler --env` takes it
 * @param defaults of settings that nothing gives
 * @throws CommandError when there is no wrangler file, or none that names a Worker
 */
export function readProjectFolder(
  folder: string,
  environment: string | undefined,
  defaults: Readonly<Record<string, string>>,
): ProjectFolder {
  const { wrangler: file, settings } = readEnvironment(environment, folder);
  if (file === undefined) {
    const hint = "Run this in the gateway's folder; tidemark init makes one";
    throw new CommandError("there is no wrangler.jsonc here", hint, { exitCode: 2 });
  }
  const { vars, main: own, compatibility_date, compatibility_flags } = environmentIn(file, environment);
  const main = own ?? file.top.main;
  if (main === undefined || !existsSync(resolve(folder, main))) {
    const what =
      main === undefined ? `${file.name} has no main` : `main of ${file.name} is not there: ${main}`;
    const hint = "It is the module that exports the Worker, Keeper and Origin: docs/deploying.md";
    throw new CommandError(what, hint, { exitCode: 2 });
  }
  const date = compatibility_date ?? file.top.compatibility_date;
  const flags = compatibility_flags ?? file.top.compatibility_flags;
  return {
    entry: resolve(folder, main),
    env: { ...defaults, ...vars, ...settings },
    ...(typeof date === "string" && { compatibilityDate: date }),
    ...(Array.isArray(flags) && { compatibilityFlags: flags.map(String) }),
  };
}

const SHAPE = "export default defineConfig({ tables: { … } })";

/**
 * The configuration in the folder with these settings, as it is now: it is bundled anew each time, so that a change
 * counts, whatever it imports. Undefined: the Worker has it from elsewhere.
 *
 * @throws ConfigError when the gateway would refuse it; CommandError when it is no module
 */
export async function currentConfig(
  { esbuild }: DevTools,
  folder: string,
  env: Readonly<Record<string, unknown>>,
): Promise<ResolvedConfig | undefined> {
  const file = join(folder, CONFIG_FILE);
  if (!existsSync(file)) return undefined;
  const { outputFiles } = await esbuild
    .build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      logLevel: "silent",
      absWorkingDir: folder,
    })
    .catch((error: Error) => {
      throw bundleError(`${CONFIG_FILE} cannot be loaded`, error, () => SHAPE);
    });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  const module = await importModule<{ readonly default?: TidemarkConfig }>(
    `data:text/javascript;base64,${code}`,
  ).catch((cause: ModuleError) => {
    // The stack would be of a bundle that nobody has seen.
    throw new CommandError(`${CONFIG_FILE} cannot be loaded: ${cause.message}`, SHAPE, { cause });
  });
  if (module.default === undefined) throw new CommandError(`${CONFIG_FILE} has no default export`, SHAPE);
  const config = resolveConfig(module.default, textsOf(env));
  // What makes a deployed gateway pass everything through is an error on one's own machine.
  if (config.doubts.length > 0) throw new ConfigError(config.doubts);
  return config;
}

/**
 * A secret that the deployed gateway refuses is an error on one's own machine.
 *
 * @throws CommandError which never repeats it
 */
export function assertSecrets(env: Readonly<Record<string, unknown>>): void {
  const texts = textsOf(env);
  const found = [...secretChecks(texts), nudgeCheck(texts)].find(({ severity }) => severity === "wrong");
  if (found !== undefined) throw new CommandError(found.message, found.fix ?? "", { exitCode: 2 });
}
