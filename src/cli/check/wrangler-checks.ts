import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConfigIssue, OriginKey } from "../../gateway/config/config.ts";
import { resolveSettings } from "../../gateway/config/settings.ts";
import { type EnvironmentRead, SETTINGS } from "../command/environment.ts";
import { textsIn, type WranglerEnvironment, type WranglerFile } from "../command/wrangler-file.ts";
import { type Check, ok, warning, wrong } from "./check.ts";

/**
 * Whether what wrangler would deploy from here can be a gateway: entry, bindings, and the variables that it uploads. Of
 * secrets only the names can be known.
 *
 * @param chosen the environment that was asked about; undefined: the top level, and all others as well
 */
export function checkWrangler(
  file: WranglerFile,
  chosen: string | undefined,
  folder: string,
  shownAs: OriginKey,
): readonly Check[] {
  const named = Object.entries(file.environments).filter(([name]) => chosen === undefined || name === chosen);
  const checks = [
    ...entryChecks(file, folder),
    ...(chosen === undefined ? deploymentChecks(file.name, file.name, file.top, file.top, shownAs) : []),
    ...named.flatMap(([name, each]) =>
      deploymentChecks(file.name, `env.${name} of ${file.name}`, each, file.top, shownAs),
    ),
  ];
  return checks.length > 0 ? checks : [ok("wrangler", `${file.name} has what a gateway needs`)];
}

function entryChecks({ name, top }: WranglerFile, folder: string): readonly Check[] {
  if (top.main !== undefined && existsSync(join(folder, top.main))) return [];
  const message =
    top.main === undefined ? `${name} has no "main"` : `${name}: "main" is not there: ${top.main}`;
  return [wrong("wrangler", message, "Name the module that exports the gateway: docs/start.md")];
}

/** Bindings and variables are not inherited by environments; migrations are. */
function deploymentChecks(
  file: string,
  where: string,
  each: WranglerEnvironment,
  top: WranglerEnvironment,
  shownAs: OriginKey,
): readonly Check[] {
  const checks: Check[] = [];
  const lacks = (what: string, fix: string) => checks.push(wrong("wrangler", `${where} ${what}`, fix));
  if (!each.kv_namespaces.some(({ binding }) => binding === "KV")) {
    lacks("does not bind KV", '"kv_namespaces": [{ "binding": "KV" }]');
  }
  const keeper = (each.durable_objects.bindings ?? []).find(({ name }) => name === "KEEPER");
  if (keeper === undefined) {
    const fix = '"durable_objects": { "bindings": [{ "name": "KEEPER", "class_name": "Keeper" }] }';
    lacks("does not bind KEEPER", fix);
  }
  const classes = (each.migrations ?? top.migrations ?? []).flatMap(
    (migration) => migration.new_sqlite_classes,
  );
  const wanted = keeper?.class_name ?? "Keeper";
  if (!classes.includes(wanted)) {
    lacks(
      `does not create ${wanted}`,
      `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["${wanted}"] }]`,
    );
  }
  return [...checks, ...variableChecks(file, where, each, shownAs)];
}

function variableChecks(
  file: string,
  where: string,
  { vars, secrets }: WranglerEnvironment,
  shownAs: OriginKey,
): readonly Check[] {
  const issues: ConfigIssue[] = [];
  const { doubts } = resolveSettings(textsIn(vars), shownAs, issues);
  const checks = [...issues, ...doubts].flatMap(({ path, message, fix }): Check[] => {
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
export function unloadedCheck(
  name: string,
  { secrets, vars }: WranglerEnvironment,
  { sources }: EnvironmentRead,
): readonly Check[] {
  if (secrets === undefined) return [];
  const unloaded = SETTINGS.filter((setting) => {
    const source = sources[setting];
    const isLocal = source?.startsWith(".") ?? false;
    return isLocal && !secrets.required.includes(setting) && !Object.hasOwn(vars, setting);
  });
  if (unloaded.length === 0) return [];
  const message = `wrangler dev does not load ${unloaded.join(", ")}, because "secrets.required" of ${name} does not list it`;
  return [
    warning(
      "wrangler",
      message,
      `Add it to "secrets": { "required": [${unloaded.map((each) => `"${each}"`).join(", ")}] }`,
    ),
  ];
}
