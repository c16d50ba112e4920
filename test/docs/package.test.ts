import { execFile } from "node:child_process";
import { dirname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { textOf } from "../design/pages.ts";
import { ROOT } from "./type-check.ts";

/** Pictures that somebody else serves. */
const ELSEWHERE = ["https://deploy.workers.cloudflare.com/button"];

interface Picture {
  readonly page: string;
  readonly target: string;
}

let packed: ReadonlySet<string>;
let pictures: readonly Picture[];

beforeAll(async () => {
  const asked = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", asked, { cwd: ROOT });
  const [listed] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  packed = new Set(listed.files.map(({ path }) => path));
  const pages = [...packed].filter((path) => path.endsWith(".md"));
  pictures = pages.flatMap((page) =>
    [...textOf(page).matchAll(/!\[[^\]]*\]\(([^)\s]+)|(?:<img|<source)[^>]*?(?:src|srcset)="([^"\s]+)/g)].map(
      ([, target, other]) => ({ page, target: target ?? other ?? "" }),
    ),
  );
});

test("every picture of a page in the package is in the package, or served by somebody we know", () => {
  const missing = pictures.filter(({ page, target }) =>
    /^https?:/.test(target)
      ? !ELSEWHERE.includes(target)
      : !packed.has(normalize(join(dirname(page), target))),
  );
  expect(missing).toEqual([]);
  expect(pictures.filter(({ page }) => page === "README.md").length).toBeGreaterThan(3);
});

test("no chart is in the package that none of its pages shows", () => {
  const shown = new Set(pictures.map(({ page, target }) => normalize(join(dirname(page), target))));
  const charts = [...packed].filter((path) => path.startsWith("docs/charts/"));
  expect(charts.filter((path) => !shown.has(path))).toEqual([]);
});
