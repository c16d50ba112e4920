import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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

test("files with other ends of lines, as Git may check them out, are the same", async () => {
  linkPackage(folder.path);
  expect((await init()).exitCode).toBe(0);
  const [migration = ""] = readdirSync(file("supabase/migrations"));
  for (const name of ["tidemark.config.ts", `supabase/migrations/${migration}`]) {
    folder.write(name, readFileSync(file(name), "utf8").replaceAll("\n", "\r\n"));
  }
  const { stdout } = await init();
  expect(readdirSync(file("supabase/migrations"))).toEqual([migration]);
  expect(stdout.match(/: as it should be$/gm)).toHaveLength(6);
  const more = ["init", "--yes", "--tables", "articles,authors"];
  expect((await runToEnd(more, folder.path)).exitCode).toBe(0);
  const config = readFileSync(file("tidemark.config.ts"), "utf8");
  expect(config).toMatch(/^ {4}authors: \{ freshness: "10s" \},\r$/m);
  expect(config.match(/(?<!\r)\n/g)).toBeNull();
});

test("who turns to webhooks is told to take the secret of capture away", async () => {
  expect((await init()).exitCode).toBe(0);
  linkPackage(folder.path);
  const args = ["init", "--yes", "--tables", "articles", "--changes", "webhooks"];
  const { stdout } = await runToEnd(args, folder.path);
  expect(stdout).toMatch(/^1\. Take TIDEMARK_CAPTURE_SECRET out of \.dev\.vars, and of secrets\.required/m);
});

test("tables that only somebody has named are not said to be the API's", async () => {
  const { stdout } = await init();
  expect(stdout).toMatch(
    /^Tables that you name, without asking whether the API shows them:\n\n {2}public\.articles\n/,
  );
  expect(stdout).toContain("set DATABASE_URL");
});

test("in front of a Supabase CLI's folder elsewhere, the next step is to bring the migration there", async () => {
  elsewhere.makeFolder("supabase");
  elsewhere.makeFolder("it's a cache");
  elsewhere.write("supabase/config.toml", "[api]\n");
  const args = ["init", "--yes", "--tables", "articles", "--supabase", "../supabase", ...PROJECT];
  elsewhere.makeFolder("supabase/schemas");
  elsewhere.write("supabase/schemas/1.sql", "create table articles (id int primary key);");
  const { stdout, exitCode } = await runToEnd(args, join(elsewhere.path, "it's a cache"));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^ {5}cp supabase\/migrations\/\d+_tidemark\.sql \.\.\/supabase\/migrations\/\n {5}\(cd \.\. && npx supabase db push\)/m,
  );
  elsewhere.makeFolder("another");
  const named = args.with(5, join(elsewhere.path, "supabase/"));
  const absolute = await runToEnd(named, join(elsewhere.path, "another"));
  expect(absolute.stdout).toContain(`(cd ${elsewhere.path} && npx supabase db push)`);
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
