import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import { OLDEST_WRANGLER } from "../../command/wrangler-version.ts";
import type { Proposal } from "./proposal.ts";

const FILE = "package.json";

/** Whether wrangler can be run from a folder, or `npm install` would install it there. */
export function wranglerIn(folder: string): "installed" | "listed" | "missing" {
  if (isInstalled(folder)) return "installed";
  return lists(contentOf(textOf(folder))) ? "listed" : "missing";
}

/** In the folder itself, or above as in a workspace. */
function isInstalled(folder: string): boolean {
  try {
    createRequire(join(folder, FILE)).resolve("wrangler/package.json");
    return true;
  } catch {
    return false;
  }
}

function lists(content: Record<string, unknown> | undefined): boolean {
  return ["dependencies", "devDependencies"].some((name) => {
    const list: unknown = content?.[name];
    return typeof list === "object" && list !== null && "wrangler" in list;
  });
}

/** The proposal for `package.json`: what runs and deploys the gateway. None where it is there, or there is no such file. */
export function packageJson(folder: string): readonly Proposal[] {
  const text = textOf(folder);
  if (contentOf(text) === undefined || wranglerIn(folder) !== "missing") return [];
  const indent = /^(\s+)"/m.exec(text)?.[1] ?? "  ";
  const formattingOptions = {
    insertSpaces: !indent.includes("\t"),
    tabSize: indent.replaceAll("\n", "").length,
    eol: "\n",
  };
  const version = `^${OLDEST_WRANGLER}`;
  const edits = modify(text, ["devDependencies", "wrangler"], version, { formattingOptions });
  return [
    {
      ...{ kind: "write", path: FILE, before: text, content: applyEdits(text, edits) },
      added: [`"devDependencies": { "wrangler": "${version}" }`],
    },
  ];
}

function textOf(folder: string): string {
  const file = join(folder, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Undefined when it is no object: npm will say so. */
function contentOf(text: string): Record<string, unknown> | undefined {
  const content: unknown = parse(text);
  return typeof content === "object" && content !== null && !Array.isArray(content)
    ? (content as Record<string, unknown>)
    : undefined;
}
