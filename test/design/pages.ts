import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Paths, from the root, of all files below `folder` with this ending. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

/** The lines of the first block of code after a mark such as `<!-- rooms -->`. */
export function blockAfter(page: string, mark: string): string[] {
  const [, block = ""] = page.slice(page.indexOf(mark)).match(/```text\n([^`]*)```/) ?? [];
  return block.split("\n").filter((line) => line !== "");
}
