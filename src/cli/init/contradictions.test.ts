import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import { linkPackage } from "./testing/link-package.ts";

const URL_ = "https://abcdefgh.supabase.co";
const KEY = "sb_publishable_abcdefghijklmnop";

let folder: Folder;
beforeEach(async () => {
  folder = folderWith({ "package.json": '{ "type": "module" }' });
  linkPackage(folder.path);
  const first = ["--tables", "articles", "--name", "site", "--location", "weur", "--url", URL_, "--key", KEY];
  expect(await init(...first)).toMatchObject({ exitCode: 0 });
});
afterEach(() => folder[Symbol.dispose]());

const init = (...args: readonly string[]) => runToEnd(["init", "--yes", ...args], folder.path);

/** Everything that is in the folder. */
function contents(): readonly (readonly [string, string])[] {
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true });
  const own = files.filter((each) => each.isFile() && !each.parentPath.includes("node_modules"));
  return own
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [path, readFileSync(path, "utf8")]);
}

test.each<[string, readonly string[], string]>([
  ["another name", ["--name", "other"], "wrangler.jsonc says that the Worker's name is site"],
  ["another address", ["--url", "https://other.example"], `wrangler.jsonc says that SUPABASE_URL is ${URL_}`],
  [
    "another key",
    ["--key", "sb_publishable_other"],
    "wrangler.jsonc says that SUPABASE_PUBLISHABLE_KEY is another",
  ],
  ["other schemas", ["--schemas", "api,public"], "tidemark.config.ts says that schemas are public"],
  ["another place", ["--location", "enam"], "tidemark.config.ts says that keeper.locationHint is weur"],
])("%s than the folder's files say is an error, and nothing is written", async (_, args, message) => {
  const before = contents();
  const { stdout, stderr, exitCode } = await init("--tables", "articles,authors", ...args);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  const [first, second] = stderr.split("\n");
  expect(first).toContain(message);
  expect(second).toContain(`Change it there, or leave ${args[0]} out`);
  expect(stderr).not.toContain("sb_publishable");
  expect(contents()).toEqual(before);
});

test("what says the same in another way is none", async () => {
  const same = ["--name", "site", "--url", `${URL_}/rest/v1/`, "--key", KEY, "--schemas", "public"];
  const { stdout, exitCode } = await init("--tables", "articles", "--location", "weur", ...same);
  expect(exitCode).toBe(0);
  expect(stdout.match(/: as it should be$/gm)).toHaveLength(6);
});

test("neither is a table that stands in the configuration as a comment, which is left out on purpose", async () => {
  const config = readFileSync(join(folder.path, "tidemark.config.ts"), "utf8");
  folder.write("tidemark.config.ts", config.replace("    articles:", "    // articles:"));
  const before = contents();
  const { stderr, exitCode } = await init("--tables", "articles");
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("tidemark.config.ts has public.articles as a comment"),
  });
  expect(contents()).toEqual(before);
});

test("a key for a project that takes none, and a folder that is not there, are errors", async () => {
  const other = 'export default { origin: { path: "/", key: "none" }, tables: { articles: true } };\n';
  folder.write("tidemark.config.ts", other);
  expect((await init("--key", KEY)).stderr).toContain("says that the project takes no key");
  const missing = await init("--supabase", "../nosuch");
  expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no folder ../nosuch") });
});
