import { join } from "node:path";
import { parseEnv } from "node:util";
import { readTextIfAny, withoutMark } from "./text-file.ts";
import { environmentIn, placeOf, readWranglerFile, textsOf, type WranglerFile } from "./wrangler-file.ts";

/** The gateway's settings that are texts. */
export const SETTINGS = [
  "SUPABASE_URL",
  "SUPABASE_PUBLISHABLE_KEY",
  "SUPABASE_ANON_KEY",
  "TIDEMARK_MODE",
  "TIDEMARK_CAPTURE_SECRET",
  "TIDEMARK_CAPTURE_TOKEN",
  "TIDEMARK_NUDGE_SECRET",
  "TIDEMARK_ADMIN_SECRET",
  "TIDEMARK_WEBHOOK_SECRET",
] as const;

export type SettingName = (typeof SETTINGS)[number];

export type Environment = { readonly [Name in SettingName]?: string };

/** The settings, and where each comes from, such as `wrangler.jsonc`. */
export interface EnvironmentRead {
  readonly settings: Environment;
  readonly sources: { readonly [Name in SettingName]?: string };
  /** The wrangler file that was read for them; undefined when there is none. */
  readonly wrangler: WranglerFile | undefined;
}

/**
 * The gateway's settings as `wrangler dev` would have them in this folder: `vars` of the wrangler file, then `.dev.vars` or,
 * without one, `.env` files. What the process's own environment says goes before all of them.
 *
 * @param environment as `wrangler --env` takes it; undefined: the top level
 * @throws CommandError when the wrangler file cannot be read, or has no such environment
 */
export function readEnvironment(environment?: string, folder = process.cwd()): EnvironmentRead {
  const settings: Partial<Record<SettingName, string>> = {};
  const sources: Partial<Record<SettingName, string>> = {};
  const wrangler = readWranglerFile(folder);
  const layers = [...wranglerVars(wrangler, environment), ...localFiles(folder, environment)];
  for (const [source, values] of [...layers, ["the environment", process.env] as const]) {
    for (const name of SETTINGS) {
      const value = values[name];
      // A blank line of a template hides nothing.
      if (value === undefined || value.trim() === "") continue;
      settings[name] = value;
      sources[name] = source;
    }
  }
  return { settings, sources, wrangler };
}

type Layer = readonly [source: string, values: NodeJS.Dict<string>];

function wranglerVars(file: WranglerFile | undefined, environment: string | undefined): readonly Layer[] {
  if (file === undefined) return [];
  return [[placeOf(file, environment), textsOf(environmentIn(file, environment).vars)]];
}

/** An environment's `.dev.vars` replaces the common one, and either replaces all `.env` files. So wrangler has it. */
function localFiles(folder: string, environment: string | undefined): readonly Layer[] {
  const suffixes = environment === undefined ? [""] : [`.${environment}`, ""];
  for (const suffix of suffixes) {
    const name = `.dev.vars${suffix}`;
    const values = variablesIn(join(folder, name));
    if (values !== undefined) return [[name, values]];
  }
  return [
    ".env",
    ".env.local",
    ...(environment === undefined ? [] : [`.env.${environment}`, `.env.${environment}.local`]),
  ]
    .map((name): [string, NodeJS.Dict<string> | undefined] => [name, variablesIn(join(folder, name))])
    .filter((layer): layer is [string, NodeJS.Dict<string>] => layer[1] !== undefined);
}

function variablesIn(file: string): NodeJS.Dict<string> | undefined {
  const text = readTextIfAny(file);
  return text === undefined ? undefined : parseEnv(withoutMark(text));
}
