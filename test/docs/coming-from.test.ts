import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT, textOf } from "../design/pages.ts";

const PAGE = textOf("docs/library/coming-from.md");
const OURS = textOf("docs/reference/library.md") + textOf("docs/library/stores.md");

it.each([
  ["bentocache", "bentocache/build", "## cachified"],
  ["cachified", "@epic-web/cachified/dist", "Move one kind"],
])("every name of %s is there, and so is what it becomes", (name, folder, end) => {
  const theirs = declarationsIn(join(ROOT, "node_modules", folder));
  const rows = PAGE.slice(PAGE.indexOf(`## ${name}`), PAGE.indexOf(end))
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | "));
  expect(rows.length).toBeGreaterThan(12);
  for (const [left = "", right = ""] of rows) {
    for (const word of namesIn(left))
      expect(theirs, `${word} of ${name}`).toMatch(new RegExp(`\\b${word}\\b`));
    for (const word of namesIn(right)) expect(OURS, word).toMatch(new RegExp(`\\b${word}\\b`));
  }
});

function declarationsIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".d.ts"))
    .map((path) => readFileSync(join(folder, path), "utf8"))
    .join("\n");
}

/** The words of code in a cell, without values. */
function namesIn(cell: string): string[] {
  const code = [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text.replaceAll(/"[^"]*"/g, ""));
  return code.flatMap((text) => text.match(/[A-Za-z]\w*/g) ?? []);
}
