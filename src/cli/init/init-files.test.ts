import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import { settle } from "./settle.ts";
import { linkPackage } from "./testing/link-package.ts";

const PROJECT = ["--url", "https://abcdefgh.supabase.co", "--key", "sb_publishable_abcdefghijklmnop"];
const SECRETS = /^TIDEMARK_(?:ADMIN|CAPTURE)_SECRET=\S{43}$/m;

let folder: Folder;
let elsewhere: Folder;
beforeEach(() => {
  folder = folderWith({ "package.json": '{ "type": "module" }' });
  elsewhere = folderWith({});
});
afterEach(() => {
  folder[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

const file = (name: string) => join(folder.path, name);
const init = () => runToEnd(["init", "--yes", "--tables", "articles", ...PROJECT], folder.path);

test("secrets are added to a file that others could read, which they cannot any more", async () => {
  folder.write(".dev.vars", "MINE=1\n");
  chmodSync(file(".dev.vars"), 0o664);
  expect(await init()).toMatchObject({ exitCode: 0, stderr: "" });
  expect(readFileSync(file(".dev.vars"), "utf8")).toMatch(SECRETS);
  expect(statSync(file(".dev.vars")).mode & 0o777).toBe(0o600);
});

test.each([".dev.vars", ".gitignore", "tidemark.config.ts", "wrangler.jsonc"])(
  "%s is not written to where a link leads, and neither is anything else",
  async (name) => {
    const target = join(elsewhere.path, "target");
    folder.link(name, target);
    for (const text of [undefined, name === "wrangler.jsonc" ? '{ "durable_objects": {} }' : "// mine\n"]) {
      if (text !== undefined) writeFileSync(target, text);
      const { stdout, stderr, exitCode } = await init();
      expect(exitCode).toBeGreaterThan(0);
      expect(stderr).not.toContain("    at ");
      expect(stderr).toMatch(/^tidemark: /);
      expect(stdout + stderr).not.toMatch(SECRETS);
      expect(existsSync(target) ? readFileSync(target, "utf8") : undefined).toBe(text);
      expect(existsSync(file("worker.ts"))).toBe(false);
    }
  },
);

test("every file of secrets is ignored by git, also an environment's, whatever is ignored already", async () => {
  folder.write(".gitignore", ".dev.vars\nnode_modules\n");
  expect((await init()).exitCode).toBe(0);
  expect(readFileSync(file(".gitignore"), "utf8")).toMatch(/^\.dev\.vars\*$/m);
});

test("a table that was left out is not proposed again, whatever its name", async () => {
  linkPackage(folder.path);
  folder.makeFolder("supabase/migrations");
  const names = ["counts", 'a "b"', "c\\d", "e\u202ef"];
  const sql = names.map((name) => `create materialized view "${name.replaceAll('"', '""')}" as select 1;`);
  folder.write("supabase/migrations/1_a.sql", sql.join("\n"));
  const args = ["init", "--yes", "--changes", "webhooks", ...PROJECT];
  expect((await runToEnd(args, folder.path)).exitCode).toBe(0);
  const config = readFileSync(file("tidemark.config.ts"), "utf8");
  expect(config.match(/^ {4}\/\/ .+: true,$/gm)).toHaveLength(names.length);
  const { stdout } = await runToEnd(args, folder.path);
  expect(stdout).toContain("tidemark.config.ts: as it should be");
});

test("what a wrangler.toml lacks is told in its own syntax", async () => {
  const binding = '[[durable_objects.bindings]]\nname = "KEEPER"\nclass_name = "Keeper"\n';
  folder.write("wrangler.toml", `name = "a"\nmain = "worker.ts"\n${binding}`);
  const { stdout } = await init();
  const [, lines = ""] = /add these lines yourself:\n((?: {4}.+\n)+)/.exec(stdout) ?? [];
  expect(parse(lines)).toEqual({
    vars: { SUPABASE_URL: PROJECT[1], SUPABASE_PUBLISHABLE_KEY: PROJECT[3], TIDEMARK_MODE: "on" },
  });
});

test("what somebody has changed while it asked is not overwritten", async () => {
  folder.write(".gitignore", "before\n");
  const confirm = async () => {
    folder.write(".gitignore", "before\nmine\n");
    return true;
  };
  const proposal = {
    kind: "write",
    path: ".gitignore",
    before: "before\n",
    content: "all",
    added: [],
  } as const;
  await expect(settle(proposal, { confirm }, folder.path)).rejects.toThrow(
    ".gitignore has changed meanwhile",
  );
  expect(readFileSync(file(".gitignore"), "utf8")).toBe("before\nmine\n");
  const appearing = async () => {
    folder.write("worker.ts", "mine\n");
    return true;
  };
  const made = { kind: "write", path: "worker.ts", before: null, content: "all", added: [] } as const;
  await expect(settle(made, { confirm: appearing }, folder.path)).rejects.toThrow(
    "worker.ts has changed meanwhile",
  );
  expect(readFileSync(file("worker.ts"), "utf8")).toBe("mine\n");
});
