import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documentOf } from "./document.ts";

/** Where the gateway imports the page from. Git ignores it: the sources are in `page/src`. */
export const MODULE = join(import.meta.dirname, "../src/gateway/page/document.generated.ts");

/** Bundles the page into the module that the gateway serves it from. Writes only what has changed. */
export async function writePage(): Promise<void> {
  const { html, csp } = await documentOf();
  const text = [
    "// Written by page/build.ts from page/src. Change these, not this.",
    "",
    `export const PAGE: string = ${JSON.stringify(html)};`,
    "",
    `export const PAGE_CSP: string = ${JSON.stringify(csp)};`,
    "",
  ].join("\n");
  if (text === current()) return;
  mkdirSync(dirname(MODULE), { recursive: true });
  // Renamed into place, because tests and a build may do this at once.
  const draft = `${MODULE}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, MODULE);
}

function current(): string | undefined {
  try {
    return readFileSync(MODULE, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) await writePage();
