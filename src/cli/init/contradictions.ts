import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { CommandError } from "../command/command-error.ts";
import { CONFIG_FILE } from "../command/project.ts";
import { textsOf, type WranglerFile } from "../command/wrangler-file.ts";
import { withoutRest } from "./find-project.ts";
import type { InitFlags } from "./init-flags.ts";

/** What is there already. */
interface Existing {
  readonly config: ResolvedConfig | undefined;
  readonly wrangler: WranglerFile | undefined;
}

/**
 * Refuses flags that say something else than the folder's own files. init overwrites nothing, so what such a flag says would
 * be lost, or stand in some of the files only.
 *
 * @throws CommandError that names the file
 */
export function refuseContradictions(flags: InitFlags, { config, wrangler }: Existing): void {
  if (wrangler !== undefined) refuseOverWrangler(flags, wrangler);
  if (config !== undefined) refuseOverConfig(flags, config);
}

function refuseOverWrangler({ url, key, name }: InitFlags, { name: file, top }: WranglerFile): void {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = textsOf(top.vars);
  const { name: worker } = textsOf(top);
  if (name !== undefined && worker !== undefined && name !== worker)
    throw contradicted("--name", file, `the Worker's name is ${worker}`);
  if (url !== undefined && SUPABASE_URL && addressOf(url) !== addressOf(SUPABASE_URL))
    throw contradicted("--url", file, `SUPABASE_URL is ${SUPABASE_URL}`);
  // Neither key is shown: somebody may have taken a secret one for it.
  if (key !== undefined && SUPABASE_PUBLISHABLE_KEY && key !== SUPABASE_PUBLISHABLE_KEY.trim())
    throw contradicted("--key", file, "SUPABASE_PUBLISHABLE_KEY is another one");
}

function refuseOverConfig({ schemas, key, location }: InitFlags, config: ResolvedConfig): void {
  const configured = schemasOf(config);
  if (schemas !== undefined && !isSameList(schemas, configured))
    throw contradicted("--schemas", CONFIG_FILE, `schemas are ${configured.join(", ")}`);
  if (key !== undefined && config.keys.shownAs === "none")
    throw contradicted("--key", CONFIG_FILE, "the project takes no key");
  const { locationHint } = config.keeper;
  if (location !== undefined && location !== locationHint)
    throw contradicted("--location", CONFIG_FILE, `keeper.locationHint is ${locationHint ?? "not set"}`);
}

/** The schemas of a configuration, the default one first. */
export function schemasOf(config: ResolvedConfig): readonly string[] {
  return [config.defaultSchema, ...[...config.schemas].filter((name) => name !== config.defaultSchema)];
}

/** The first one means something of its own; the order of the others does not. */
function isSameList(given: readonly string[], configured: readonly string[]): boolean {
  return given[0] === configured[0] && given.toSorted().join() === configured.toSorted().join();
}

/** However it is written: with a slash behind it, or with PostgREST's path. */
function addressOf(url: string): string {
  const { href } = URL.canParse(url.trim()) ? new URL(url.trim()) : { href: url };
  return withoutRest(href.replace(/\/+$/, ""));
}

function contradicted(flag: string, file: string, says: string): CommandError {
  const hint = `Change it there, or leave ${flag} out: init overwrites nothing`;
  return new CommandError(`${file} says that ${says}`, hint, { exitCode: 2 });
}
