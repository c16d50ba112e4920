import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newFile, type Proposal, same } from "./proposal.ts";

/** The proposal for `.dev.vars`: the secrets that are not there yet. Only the names of what is added are shown. */
export function devVars(folder: string, secrets: Readonly<Record<string, string>>): Proposal {
  const path = ".dev.vars";
  const before = textOf(join(folder, path));
  const missing = Object.entries(secrets).filter(
    ([name]) => !new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*\\S`, "m").test(before ?? ""),
  );
  if (missing.length === 0) return same(path);
  const lines = missing.map(([name, value]) => `${name}=${quoted(value)}`);
  const heading =
    "# Secrets of the gateway on this machine. Keep them out of the repository, and a copy somewhere safe.";
  if (before === undefined) return newFile(path, textWith("", [heading, ...lines]));
  const added = missing.map(([name]) => `${name}=…`);
  return { kind: "write", path, before, content: textWith(before, lines), added };
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
  const before = textOf(join(folder, path));
  const lines = new Set((before ?? "").split("\n").map((line) => line.trim().replace(/^\/|\/$/g, "")));
  const isThere = (pattern: string) => lines.has(pattern.replace(/\/$/, ""));
  const missing = IGNORED.filter((pattern) => !isThere(pattern));
  if (missing.length === 0) return same(path);
  if (before === undefined) return newFile(path, textWith("", missing));
  return { kind: "write", path, before, content: textWith(before, missing), added: missing };
}

/** With these lines at its end. */
function textWith(text: string, lines: readonly string[]): string {
  const isOpen = text !== "" && !text.endsWith("\n");
  return `${text}${isOpen ? "\n" : ""}${lines.join("\n")}\n`;
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
