import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { applyEdits, modify, parse } from "jsonc-parser";
import { OLDEST_WRANGLER } from "../../command/wrangler-version.ts";
import type { Proposal } from "./proposal.ts";

const FILE = "package.json";

/** Whether wrangler can be run from a folder: installed there, or above as in a workspace. */
export function hasWrangler(folder: string): boolean {
  try {
    createRequire(join(folder, FILE)).resolve("wrangler/package.json");
    return true;
  } catch {
    return false;
  }
}

/** Whether `npm install` would install it. */
export function listsWrangler(folder: string): boolean {
  const content = contentOf(folder);
  return ["dependencies", "devDependencies"].some((name) => {
    const list: unknown = content?.[name];
    return typeof list === "object" && list !== null && "wrangler" in list;
  });
}

/** The proposal for `package.json`: what runs and deploys the gateway. None where it is there, or there is no such file. */
export function packageJson(folder: string): readonly Proposal[] {
  const content = contentOf(folder);
  if (content === undefined || hasWrangler(folder) || listsWrangler(folder)) return [];
  const text = readFileSync(join(folder, FILE), "utf8");
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

/** Undefined when there is no such file, or it is no object: npm will say so. */
function contentOf(folder: string): Record<string, unknown> | undefined {
  const file = join(folder, FILE);
  if (!existsSync(file)) return undefined;
  const content: unknown = parse(readFileSync(file, "utf8"));
  return typeof content === "object" && content !== null && !Array.isArray(content)
    ? (content as Record<string, unknown>)
    : undefined;
}
