import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, textOf } from "./pages.ts";

const API = textOf("docs/reference/api/tidemark.md");
const PAGE = textOf("docs/reference/library.md");

/** What takes options: the cache, its kinds, and calls. */
const OPTIONS = [
  ...["CacheOptions", "KindOptions", "MemoryOptions", "EntryOptions", "LoadOptions", "WriteOptions"],
  ...["WarmOptions", "ListKeysOptions", "KvStoreOptions"],
];

/** One declaration of the generated reference. */
function declared(name: string): string {
  const [, text = ""] = API.split(`\n### ${name}\n`);
  expect(text, `${name} is not in the generated reference`).not.toBe("");
  return text.split("\n***\n")[0] ?? "";
}

/** The names in the first column of the tables of one section. */
function listed(section: string): string[] {
  const [, text = ""] = PAGE.split(`\n## ${section}\n`);
  const rows = (text.split("\n## ")[0] ?? "").matchAll(/^\| `(\w[\w-]*)/gm);
  return sorted([...rows].map(([, name = ""]) => name));
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function namesIn(text: string, pattern: RegExp): string[] {
  return sorted([...text.matchAll(pattern)].map(([, name = ""]) => name));
}

describe("the library at a glance lists, by the generated reference, and no other", () => {
  it("every option", () => {
    const options = OPTIONS.flatMap((name) =>
      namesIn(declared(name), /^\| <a id="property-[^"]*"><\/a> `(\w+)\??`/gm),
    );
    expect(listed("Options")).toEqual(sorted(options));
  });

  it("every method", () => {
    expect(listed("Methods")).toEqual(namesIn(declared("Cache"), /^##### (\w+)\(\)/gm));
  });

  it("every event", () => {
    expect(listed("Events")).toEqual(namesIn(declared("CacheEvent"), /type: "([\w-]+)"/g));
  });

  it("every code of an error", () => {
    expect(listed("Errors")).toEqual(namesIn(declared("CacheErrorCode"), /\| "([\w-]+)"/g));
  });
});

it("the generated reference has a page for each entry of the package, and no other", () => {
  const { exports } = JSON.parse(textOf("package.json")) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((path) => path !== "./package.json");
  const index = textOf("docs/reference/api/README.md");
  expect(namesIn(index, /^- \[([^\]]+)\]/gm)).toEqual(
    sorted(entries.map((path) => path.replace(".", "tidemark"))),
  );
  for (const [, page = ""] of index.matchAll(/\]\(([^)]+)\)/g)) {
    expect(existsSync(join(ROOT, "docs/reference/api", page)), page).toBe(true);
  }
});
