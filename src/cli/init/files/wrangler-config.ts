import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { applyEdits, modify } from "jsonc-parser";
import { CommandError } from "../../command/command-error.ts";
import type { WranglerFile } from "../../command/wrangler-file.ts";
import { newFile, type Proposal, same } from "./proposal.ts";

const FILE = "wrangler.jsonc";

/** The runtime's behaviour that this version is tested with. */
const COMPATIBILITY_DATE = "2026-08-01";

export interface WranglerPlan {
  readonly name: string;
  readonly main: string;
  readonly url: string;
  /** Empty where anonymous readers need none. */
  readonly publishableKey: string;
  /** The names of the secrets that a deployment needs. */
  readonly secrets: readonly string[];
}

/**
 * A gateway is a Worker of its own.
 *
 * @throws CommandError when the folder's wrangler file is of another Worker
 */
export function assertOwnFolder(existing: WranglerFile | undefined): void {
  if (existing === undefined) return;
  const isGateway = existing.top.durable_objects.bindings?.some((each) => each.name === "KEEPER") ?? false;
  if (isGateway) return;
  const hint = "Make a folder for the gateway, and run tidemark init there: it is a Worker of its own";
  throw new CommandError(`${existing.name} here is of another Worker`, hint);
}

/** The proposal for `wrangler.jsonc`. A file that is there is added to: it has passed `assertOwnFolder`. */
export function wranglerConfig(existing: WranglerFile | undefined, plan: WranglerPlan): Proposal {
  if (existing === undefined) return newFile(FILE, fresh(plan));
  const { name, text: before, top } = existing;
  const missing = Object.entries(varsOf(plan)).filter(([key]) => !Object.hasOwn(top.vars, key));
  if (missing.length === 0) return same(name);
  if (name.endsWith(".toml")) {
    // A basic string of TOML is one of JSON.
    const settings = missing.map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return { kind: "by-hand", path: name, lines: ["[vars]", ...settings] };
  }
  const lines = missing.map(([key, value]) => `"${key}": "${value}"`);
  let text = before;
  for (const [key, value] of missing) {
    const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
    text = applyEdits(text, modify(text, ["vars", key], value, { formattingOptions }));
  }
  return { kind: "write", path: name, before, content: text, added: lines };
}

/** Where wrangler takes the Worker from, if it is told. */
export function mainIn(existing: WranglerFile | undefined, folder: string): string | undefined {
  const main = existing?.top.main;
  return main !== undefined && existsSync(join(folder, main)) ? main : undefined;
}

/** A Worker's name for a folder. Cloudflare accepts up to 63 of a to z, 0 to 9 and -. */
export function workerName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "tidemark" : name;
}

function varsOf({ url, publishableKey }: WranglerPlan): Readonly<Record<string, string>> {
  return {
    SUPABASE_URL: url,
    ...(publishableKey !== "" && { SUPABASE_PUBLISHABLE_KEY: publishableKey }),
    TIDEMARK_MODE: "on",
  };
}

function fresh(plan: WranglerPlan): string {
  const { name, main, secrets } = plan;
  const bindings = [
    '"kv_namespaces": [{ "binding": "KV" }]',
    '"durable_objects": { "bindings": [{ "name": "KEEPER", "class_name": "Keeper" }] }',
  ];
  const required = `"secrets": { "required": ${JSON.stringify(secrets).replaceAll(",", ", ")} }`;
  const vars = (indent: string, changes: Readonly<Record<string, string>> = {}) =>
    Object.entries({ ...varsOf(plan), ...changes })
      .map(([key, value]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n");
  return `{
  "$schema": "./node_modules/wrangler/config-schema.json",
  "name": ${JSON.stringify(name)},
  "main": ${JSON.stringify(main)},
  "compatibility_date": "${COMPATIBILITY_DATE}",
  // The log's own lines, without one of the platform's per request, which is billed.
  "observability": { "enabled": true, "logs": { "invocation_logs": false } },

  // Bodies for readers everywhere, and the keeper, one for all. Wrangler creates both on the first deploy.
  ${bindings[0]},
  ${bindings[1]},
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Keeper"] }],

  // Production: npx wrangler deploy
  "vars": {
${vars("    ")}
  },
  // Their values are in .dev.vars for this machine, and in Cloudflare for the rest (docs/deploying.md).
  ${required},

  "env": {
    // npx wrangler deploy --env staging. It watches the same project, and the database answers, until you put another
    // project here.
    "staging": {
      ${bindings[0]},
      ${bindings[1]},
      "vars": {
${vars("        ", { TIDEMARK_MODE: "shadow" })}
      },
      ${required}
    }
  }
}
`;
}
