import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConfigIssue, OriginKey } from "../../gateway/config/config.ts";
import { resolveSettings } from "../../gateway/config/settings.ts";
import { type EnvironmentRead, SETTINGS, type SettingName } from "../command/environment.ts";
import {
  environmentIn,
  placeOf,
  textsOf,
  type WranglerEnvironment,
  type WranglerFile,
} from "../command/wrangler-file.ts";
import { type Check, ok, warning, wrong } from "./check.ts";
import { withClass, withNamespace, withObject, withSecrets } from "./wrangler-fixes.ts";

/** A fault that the checks of the settings report: it is one here as well, and is not said twice. */
const TOLD = null;

/** What the configuration makes the wrangler file need. */
interface Deployed {
  readonly shownAs: OriginKey;
  readonly hasMirrors: boolean;
}

type VariableCheck = Check | typeof TOLD;

/**
 * Whether what wrangler would deploy from here can be a gateway: entry, bindings, and the variables that it uploads. Of
 * secrets only the names can be known.
 *
 * @param chosen the environment that was asked about; undefined: the top level, and all others as well
 */
export function checkWrangler(
  { wrangler: file, sources }: EnvironmentRead,
  chosen: string | undefined,
  folder: string,
  { shownAs, hasMirrors }: Deployed,
): readonly Check[] {
  // A gateway may be deployed by other means.
  if (file === undefined) return [];
  const deployments = chosen === undefined ? [undefined, ...Object.keys(file.environments)] : [chosen];
  const found = [
    ...entryChecks(file, folder),
    ...deployments.flatMap((name) => [
      ...deploymentChecks(file, name, sources, shownAs),
      ...(hasMirrors ? mirrorChecks(file, name) : []),
    ]),
  ];
  return [
    ...(found.length === 0 ? [ok("wrangler", `${file.name} has what a gateway needs`)] : []),
    ...found.filter((each) => each !== TOLD),
    ...unloadedChecks(file.name, environmentIn(file, chosen), sources),
  ];
}

function entryChecks({ name, top }: WranglerFile, folder: string): readonly Check[] {
  if (top.main !== undefined && existsSync(join(folder, top.main))) return [];
  const message =
    top.main === undefined ? `${name} has no "main"` : `${name}: "main" is not there: ${top.main}`;
  return [wrong("wrangler", message, "Name the module that exports the gateway: docs/start.md")];
}

/** Bindings and variables are not inherited by environments; migrations are. */
function deploymentChecks(
  file: WranglerFile,
  name: string | undefined,
  sources: EnvironmentRead["sources"],
  shownAs: OriginKey,
): readonly VariableCheck[] {
  const each = environmentIn(file, name);
  const where = placeOf(file, name);
  const checks: Check[] = [];
  const lacks = (what: string, fix: string) => checks.push(wrong("wrangler", `${where} ${what}`, fix));
  if (!each.kv_namespaces.some(({ binding }) => binding === "KV")) {
    lacks("does not bind KV", withNamespace(each, "KV"));
  }
  const { isBound, className, isCreated, migrations } = objectOf(file, each, "KEEPER", "Keeper");
  if (!isBound) lacks("does not bind KEEPER", withObject(each, "KEEPER", className));
  if (!isCreated) lacks(`does not create ${className}`, withClass(migrations, className));
  return [...checks, ...variableChecks(file.name, where, each, sources, shownAs)];
}

/** Without them the gateway works as if it had none. */
function mirrorChecks(file: WranglerFile, name: string | undefined): readonly Check[] {
  const where = placeOf(file, name);
  const each = environmentIn(file, name);
  const { isBound, className, isCreated, migrations } = objectOf(file, each, "MIRROR", "Mirror");
  if (!isBound) {
    const message = `${where} does not bind MIRROR, so there are no mirrors (docs/mirrors.md)`;
    return [warning("wrangler", message, withObject(each, "MIRROR", className))];
  }
  if (isCreated) return [];
  const message = `${where} does not create ${className} (docs/mirrors.md)`;
  return [wrong("wrangler", message, withClass(migrations, className))];
}

/**
 * A Durable Object by its binding, and whether a migration creates its class.
 *
 * @param standard the class's name if the binding says none
 */
function objectOf(file: WranglerFile, each: WranglerEnvironment, binding: string, standard: string) {
  const bound = (each.durable_objects.bindings ?? []).find(({ name }) => name === binding);
  const className = bound?.class_name ?? standard;
  const migrations = each.migrations ?? file.top.migrations ?? [];
  const isCreated = migrations.some(({ new_sqlite_classes }) => new_sqlite_classes.includes(className));
  return { isBound: bound !== undefined, className, isCreated, migrations };
}

function variableChecks(
  file: string,
  where: string,
  { vars, secrets }: WranglerEnvironment,
  sources: EnvironmentRead["sources"],
  shownAs: OriginKey,
): readonly VariableCheck[] {
  const issues: ConfigIssue[] = [];
  const { doubts } = resolveSettings(textsOf(vars), shownAs, issues);
  const checks = [...issues, ...doubts].flatMap(({ path, message, fix }): readonly VariableCheck[] => {
    if (sources[path as SettingName] === where) return [TOLD];
    if (Object.hasOwn(vars, path)) return [wrong("wrangler", `${where}: ${path} ${message}`, fix)];
    if (secrets?.required.includes(path)) return [];
    return [warning("wrangler", `${where}: ${path} is not in "vars", so it has to be a secret`, fix)];
  });
  const inTheOpen = SETTINGS.filter((name) => /_SECRET$|_TOKEN$/.test(name) && Object.hasOwn(vars, name));
  return [
    ...checks,
    ...inTheOpen.map((name) => {
      const fix = `Take it out of "vars", make another one, and run: wrangler secret put ${name}`;
      return wrong("wrangler", `${where}: ${name} is a secret, and ${file} is not the place for one`, fix);
    }),
  ];
}

/** With `secrets.required`, wrangler hands a Worker on this machine no other secret of `.dev.vars`, and says nothing. */
function unloadedChecks(
  name: string,
  environment: WranglerEnvironment,
  sources: EnvironmentRead["sources"],
): readonly Check[] {
  const { secrets, vars } = environment;
  if (secrets === undefined) return [];
  const unloaded = SETTINGS.filter((setting) => {
    const source = sources[setting];
    const isLocal = source?.startsWith(".") ?? false;
    return isLocal && !secrets.required.includes(setting) && !Object.hasOwn(vars, setting);
  });
  if (unloaded.length === 0) return [];
  const them = unloaded.length === 1 ? "it" : "them";
  const message = `wrangler dev does not load ${unloaded.join(", ")}, because "secrets.required" of ${name} does not list ${them}`;
  return [warning("wrangler", message, withSecrets(environment, unloaded))];
}
