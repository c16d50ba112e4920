import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newFile, type Proposal, same } from "./proposal.ts";

/** The proposal for `.dev.vars`: the secrets that are not there yet. Only the names of what is added are shown. */
export function devVars(folder: string, secrets: Readonly<Record<string, string>>): Proposal {
  const path = ".dev.vars";
  const text = textOf(join(folder, path));
  const missing = Object.entries(secrets).filter(
    ([name]) => !new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*\\S`, "m").test(text),
  );
  if (missing.length === 0) return same(path);
  const lines = missing.map(([name, value]) => `${name}=${quoted(value)}`).join("\n");
  if (!existsSync(join(folder, path))) {
    return newFile(
      path,
      `# Secrets of the gateway on this machine. Keep them out of the repository, and a copy somewhere safe.\n${lines}\n`,
    );
  }
  const content = `${withBreak(text)}${lines}\n`;
  const added = missing.map(([name]) => `${name}=…`);
  return { kind: "write", path, before: text, content, added };
}

/** As dotenv files have it: a blank or a # would end a value. */
function quoted(value: string): string {
  if (/^[\w.+/=:-]*$/.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

const IGNORED = [".dev.vars*", ".wrangler/", "node_modules/"];

/** The proposal for `.gitignore`: what must never be committed. */
export function gitignore(folder: string): Proposal {
  const path = ".gitignore";
  const text = textOf(join(folder, path));
  const lines = new Set(text.split("\n").map((line) => line.trim().replace(/^\/|\/$/g, "")));
  const isThere = (pattern: string) => lines.has(pattern.replace(/\/$/, ""));
  const missing = IGNORED.filter((pattern) => !isThere(pattern));
  if (missing.length === 0) return same(path);
  if (!existsSync(join(folder, path))) return newFile(path, `${missing.join("\n")}\n`);
  const content = `${withBreak(text)}${missing.join("\n")}\n`;
  return { kind: "write", path, before: text, content, added: missing };
}

function withBreak(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
