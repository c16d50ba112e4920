import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { blockAfter, filesUnder, ROOT, textOf } from "./pages.ts";
import { folders } from "./rooms.ts";

const PAGES = filesUnder("docs/design", ".md");
const ARCHITECTURE = "docs/design/architecture.md";

/** The rooms of the tree, from the root: a folder's depth is its indentation. */
function treeOf(page: string): string[] {
  const parents: string[] = [];
  return blockAfter(textOf(page), "## The house").map((line) => {
    const [, blanks = "", name = ""] = line.match(/^( *)(\S+)\//) ?? [];
    parents.length = blanks.length / 2;
    parents.push(name);
    return parents.join("/");
  });
}

/** The rows of the first table after a mark, each as a list of cells. */
function tableAfter(page: string, mark: string): string[][] {
  const [, ...lines] = page
    .slice(page.indexOf(mark))
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codeIn(cell = ""): string {
  return cell.match(/`([^`]+)`/)?.[1] ?? "";
}

describe("the pages of the design", () => {
  it("name only files and folders that are there", () => {
    const path = /`((?:src|test|testing|simulator|bench|demo|docs|examples|deploy)\/[\w./-]*)`/g;
    const missing = PAGES.filter((page) => !page.includes("/next/")).flatMap((page) =>
      [...textOf(page).matchAll(path)]
        .filter(([, name = ""]) => !existsSync(join(ROOT, name)))
        .map(([, name]) => `${page}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("have no link that leads nowhere, nor have the reference and the templates", () => {
    const others = ["docs/reference", ".github", ".changeset"].flatMap((folder) => filesUnder(folder, ".md"));
    const dead = [...PAGES, ...others].flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
        .filter(([, target = ""]) => !existsSync(join(ROOT, dirname(page), target)))
        .map(([, target]) => `${page} → ${target}`),
    );
    expect(dead).toEqual([]);
  });
});

describe("the tree of the house", () => {
  const tree = treeOf(ARCHITECTURE);

  it("has only rooms that are there", () => {
    expect(tree.filter((room) => !isFolder(room))).toEqual([]);
  });

  it("has every room", () => {
    const top = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^\.|^(node_modules|dist)$/.test(entry.name))
      .map(({ name }) => name);
    const inside = folders().map((folder) => `src/${folder.split("/").slice(0, 2).join("/")}`);
    expect([...new Set([...top, ...inside])].filter((room) => !tree.includes(room))).toEqual([]);
  });
});

describe("the newcomer's test", () => {
  const questions = tableAfter(textOf(ARCHITECTURE), "<!-- questions -->");

  it("asks ten questions", () => {
    expect(questions).toHaveLength(10);
  });

  it.each(questions)("%s", (_, roomCell, fileCell, answer) => {
    const [room, file, symbol] = [codeIn(roomCell), codeIn(fileCell), codeIn(answer)];
    expect(treeOf(ARCHITECTURE)).toContain(room);
    expect(dirname(file)).toBe(room);
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    expect(textOf(file)).toContain(symbol);
  });
});

function isFolder(path: string): boolean {
  return existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isDirectory();
}
