import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { filesUnder, textOf } from "../design/pages.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...filesUnder("docs", ".md"),
].filter((page) => !page.startsWith("docs/reference/"));

it("every link into a page names one of its headings", () => {
  const dead = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].flatMap(
      ([, target = "", anchor = ""]) => {
        const to = target === "" ? page : normalize(join(dirname(page), target));
        return to.endsWith(".md") && !anchorsOf(to).has(anchor) ? [`${page} → ${target}#${anchor}`] : [];
      },
    ),
  );
  expect(dead).toEqual([]);
});

/** As GitHub makes them of headings, and those that are set by hand. */
function anchorsOf(page: string): Set<string> {
  const text = textOf(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id)]);
}
