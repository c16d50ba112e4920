import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "jsonc-parser";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGateway } from "../../../demo/workerd.ts";
import { until } from "../../../testing/patience.ts";
import { readEnvironment } from "../command/environment.ts";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import { linkPackage } from "./testing/link-package.ts";
import { startProject, type TestProject } from "./testing/project.ts";

const ROOT = join(import.meta.dirname, "../../..");

let project: TestProject;
beforeAll(async () => {
  project = await startProject();
});
afterAll(() => project?.stop());

let folder: Folder;
beforeEach(() => {
  // As `npm init -y` writes it: the configuration is a module all the same.
  folder = folderWith({ "package.json": '{ "name": "site", "type": "commonjs" }' });
  linkPackage(folder.path);
});
afterEach(() => folder[Symbol.dispose]());

const read = (name: string) => readFileSync(join(folder.path, name), "utf8");
const migrations = () => readdirSync(join(folder.path, "supabase/migrations"));
const init = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  runToEnd(["init", "--yes", ...args], folder.path, { DATABASE_URL: project.databaseUrl, ...env });
const asProject = () => ["--url", project.url, "--key", project.publishableKey];

async function wrangler(...args: readonly string[]) {
  const bin = join(folder.path, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", CI: "1" };
  return promisify(execFile)(process.execPath, [bin, ...args], { cwd: folder.path, env });
}

test("what it writes passes check, deploys, and, once the migration has run, doctor and readers", async () => {
  const { stdout, stderr, exitCode } = await init(asProject());
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });

  for (const line of [
    "  public.articles  (table, row-level security)",
    "      policy those that are published to anon, authenticated: published",
    "    ✓ anonymous readers share answers, refreshed by changes",
    "    ✓ everybody who signs in shares answers, refreshed by changes",
    "    - anonymous readers see no row",
    "    ✓ who signs in shares answers by sub, refreshed by changes",
    "  public.counts  (materialized view)",
    "  public.measured  (partitioned table, no row-level security: everybody with the publishable key may read every row)",
  ]) {
    expect(stdout.split("\n")).toContain(line);
  }
  expect(stdout).not.toMatch(/public\.(?:hidden|measured_2026)/);
  expect(read("tidemark.config.ts")).toMatch(/^ {4}articles: \{ freshness: "10s" \},$/m);
  for (const left of ["by_country", "counts"]) {
    expect(read("tidemark.config.ts")).toMatch(new RegExp(`^ {4}// ${left}: true,$`, "m"));
  }
  expect(read("worker.ts").trimEnd().split("\n")).toHaveLength(6);
  expect(statSync(join(folder.path, ".dev.vars")).mode & 0o777).toBe(0o600);
  expect(read(".gitignore")).toContain(".dev.vars*");
  const { settings } = readEnvironment(undefined, folder.path);
  for (const secret of [settings.TIDEMARK_ADMIN_SECRET, settings.TIDEMARK_CAPTURE_SECRET]) {
    expect(Buffer.from(secret ?? "", "base64url")).toHaveLength(32);
    expect(
      stdout +
        migrations()
          .map((name) => read(`supabase/migrations/${name}`))
          .join(),
    ).not.toContain(secret);
  }
  // Nothing is left behind in the database that was asked.
  expect(await project.sql`select from pg_proc where proname like 'tidemark%'`).toHaveLength(0);

  expect(await runToEnd(["check"], folder.path)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Nothing is wrong, 0 to consider."),
  });
  const dryRun = await wrangler("deploy", "--dry-run", "--outdir", "built");
  expect(dryRun.stdout).toContain("env.KEEPER (Keeper)");
  expect((await wrangler("deploy", "--dry-run", "--env", "staging")).stdout).toContain(
    'env.TIDEMARK_MODE ("shadow")',
  );

  await project.sql.unsafe(read(`supabase/migrations/${migrations()[0]}`)).simple();
  project.reload();
  const gateway = await startGateway({
    entry: join(folder.path, "worker.ts"),
    env: Object.fromEntries(Object.entries(settings)),
  });
  try {
    const doctor = await runToEnd(["doctor", "--gateway", gateway.url], folder.path);
    expect(doctor.exitCode, doctor.stdout).toBe(0);
    const ask = () =>
      fetch(`${gateway.url}/rest/v1/articles?select=title`, { headers: { apikey: project.publishableKey } });
    await until("a hit", async () => (await ask()).headers.get("cache-status")?.includes("; hit;"));
    expect(await (await ask()).json()).toEqual([{ title: "Notes" }]);
  } finally {
    await gateway.stop();
  }

  // Whoever upgrades has never heard of callers: `tidemark sql` says nothing of them, and anon may call as before.
  const upgrade = await runToEnd(["sql"], folder.path);
  await project.sql.unsafe(upgrade.stdout).simple();
  project.reload();
  expect(await runToEnd(["doctor"], folder.path)).toMatchObject({ exitCode: 0 });
});

describe("run again", () => {
  beforeEach(() => init(asProject()));

  const files = () => [
    ...["tidemark.config.ts", "worker.ts", "wrangler.jsonc", ".dev.vars", ".gitignore"].map(read),
    ...migrations(),
  ];

  test("it changes nothing, whatever was edited, and needs to be told nothing", async () => {
    folder.write("worker.ts", `${read("worker.ts")}// mine\n`);
    folder.write(
      "tidemark.config.ts",
      read("tidemark.config.ts").replace('authors: { freshness: "10s" }', "authors: true"),
    );
    folder.write("wrangler.jsonc", `// mine\n${read("wrangler.jsonc")}`);
    const before = files();
    const { stdout, exitCode } = await init();
    expect(exitCode).toBe(0);
    expect(files()).toEqual(before);
    expect(stdout.match(/: as it should be$/gm)).toHaveLength(6);
  });

  test("it proposes the difference: a table that is new, and what the folder lacks", async () => {
    await project.sql`create table extra (id int primary key)`;
    const secrets = read(".dev.vars");
    folder.write(".dev.vars", secrets.replace(/^TIDEMARK_ADMIN_SECRET.*\n/m, ""));
    const { TIDEMARK_MODE: _, ...vars } = parse(read("wrangler.jsonc")).vars;
    folder.write(
      "wrangler.jsonc",
      read("wrangler.jsonc").replace(/("SUPABASE_PUBLISHABLE_KEY": "[^"]+"),\s*"TIDEMARK_MODE": "on"/, "$1"),
    );
    expect(parse(read("wrangler.jsonc")).vars).toEqual(vars);
    try {
      const { stdout, exitCode } = await init();
      expect(exitCode).toBe(0);
      expect(stdout).toContain('    + extra: { freshness: "10s" },');
      expect(stdout).toContain("    + TIDEMARK_ADMIN_SECRET=…\n");
      expect(read("tidemark.config.ts")).toMatch(/ {2}tables: \{\n(?: {4}\/\/.*\n)* {4}extra: \{ freshness/);
      expect(parse(read("wrangler.jsonc")).vars).toEqual({ ...vars, TIDEMARK_MODE: "on" });
      const capture = /^TIDEMARK_CAPTURE_SECRET=.*$/m.exec(secrets)?.[0];
      expect(read(".dev.vars")).toContain(capture);
      const check = await runToEnd(["check"], folder.path);
      expect(check.exitCode, check.stdout).toBe(0);
      const [first = "", last = ""] = migrations();
      expect(read(`supabase/migrations/${first}`)).not.toContain("public.extra");
      expect(read(`supabase/migrations/${last}`)).toContain('"public"."extra"');
    } finally {
      await project.sql`drop table extra`;
    }
  });

  test("what was left out on purpose is not proposed again", async () => {
    folder.write("tidemark.config.ts", read("tidemark.config.ts").replace("    authors:", "    // authors:"));
    const before = read("tidemark.config.ts");
    await init();
    expect(read("tidemark.config.ts")).toBe(before);
  });
});

test("with webhooks it declares what answers depend on, and writes no migration", async () => {
  const { exitCode } = await init([...asProject(), "--changes", "webhooks", "--tables", "shown,articles"]);
  expect(exitCode).toBe(0);
  expect(read("tidemark.config.ts")).toContain('shown: { freshness: "10s", dependsOn: ["articles"] },');
  expect(read(".dev.vars")).toMatch(/TIDEMARK_WEBHOOK_SECRET=/);
  expect(readdirSync(folder.path)).not.toContain("supabase");
  expect((await runToEnd(["doctor"], folder.path)).exitCode).toBe(0);
});

test("with webhooks nobody who signs in is promised anything, and no table is configured for them alone", async () => {
  const { stdout, exitCode } = await init([...asProject(), "--changes", "webhooks"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("    ✓ anonymous readers share answers, refreshed by changes\n");
  expect(stdout).toContain(
    "    - who signs in: their reads pass through, because changes come as webhooks\n",
  );
  expect(stdout).not.toMatch(/signs in shares/);
  expect(read("tidemark.config.ts")).toMatch(/^ {4}\/\/ bookmarks: true,$/m);
  expect(read("tidemark.config.ts")).toMatch(/^ {4}articles: \{/m);
  // Run again, it goes on in the same way without being told.
  const again = await init();
  expect(again.stdout.match(/: as it should be$/gm)).toHaveLength(5);
  expect(readdirSync(folder.path)).not.toContain("supabase");
});

test("in front of a PostgREST without keys, as the configuration says, no key is asked for nor written", async () => {
  folder.write(
    "tidemark.config.ts",
    'export default {\n  origin: { path: "/", key: "none" },\n  tables: {\n  },\n};\n',
  );
  const { stderr, exitCode } = await init(["--url", "https://postgrest.example"]);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(read("tidemark.config.ts")).toMatch(/key: "none" \},\n {2}tables: \{\n {4}articles: /);
  expect(read("wrangler.jsonc")).not.toContain("SUPABASE_PUBLISHABLE_KEY");
  const check = await runToEnd(["check"], folder.path);
  expect(check.exitCode, check.stdout).toBe(0);
});

test("a schema or a table that the database does not have is an error, and nothing is written", async () => {
  const schema = await init([...asProject(), "--schemas", "public,nosuch"]);
  expect(schema).toMatchObject({ exitCode: 2, stdout: "" });
  expect(schema.stderr).toMatch(
    /the database has no schema nosuch\n {2}Name the schemas that PostgREST exposes/,
  );
  const table = await init([...asProject(), "--tables", "articlez"]);
  expect(table.exitCode).toBe(2);
  expect(table.stderr).toMatch(
    /the database does not know public\.articlez\n {2}It knows public\.articles, /,
  );
  expect(readdirSync(folder.path).sort()).toEqual(["node_modules", "package.json"]);
});

test("a schema without tables is shown as such", async () => {
  await project.sql`create schema bare`;
  try {
    const { stdout } = await init([...asProject(), "--schemas", "bare"]);
    expect(stdout).toContain("Tables that the API shows, by the database:\n\n  none\n");
    expect(stdout).not.toContain("set DATABASE_URL");
  } finally {
    await project.sql`drop schema bare`;
  }
});

test("a wrangler that works is written into package.json, unless it is there", async () => {
  using bare = folderWith({ "package.json": '{\n    "name": "site",\n    "type": "module"\n}\n' });
  const args = ["init", "--yes", ...asProject()];
  const env = { DATABASE_URL: project.databaseUrl };
  const { stdout, exitCode } = await runToEnd(args, bare.path, env);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^1\. Install what runs and deploys Workers:\n {5}npm install$/m);
  const { wrangler } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).peerDependencies;
  expect(readFileSync(join(bare.path, "package.json"), "utf8")).toBe(
    `{\n    "name": "site",\n    "type": "module",\n    "devDependencies": {\n        "wrangler": "${wrangler}"\n    }\n}\n`,
  );
  linkPackage(bare.path);
  unlinkSync(join(bare.path, "node_modules/wrangler"));
  const again = await runToEnd(args, bare.path, env);
  expect(again.stdout).not.toContain("package.json");
  // Its own migration makes no folder of the Supabase CLI.
  expect(again.stdout).toContain("psql");
  using none = folderWith({});
  expect((await runToEnd(args, none.path, env)).stdout).toContain(`wrangler@${wrangler.slice(1)}\n`);
});

test("an address with PostgREST's path is taken without it, and what capture needs is kept for the next run", async () => {
  const { exitCode } = await init(["--url", `${project.url}/rest/v1/`, "--key", project.publishableKey], {
    ...{ TIDEMARK_CAPTURE_SECRET: "a secret # with blanks", TIDEMARK_CAPTURE_TOKEN: "a.b.c" },
  });
  expect(exitCode).toBe(0);
  expect(parse(read("wrangler.jsonc")).vars.SUPABASE_URL).toBe(project.url);
  expect(parse(read("wrangler.jsonc")).secrets.required).toContain("TIDEMARK_CAPTURE_TOKEN");
  expect(readEnvironment(undefined, folder.path).settings).toMatchObject({
    TIDEMARK_CAPTURE_SECRET: "a secret # with blanks",
    TIDEMARK_CAPTURE_TOKEN: "a.b.c",
  });
});

test("a folder of another Worker is left alone, before anything is asked", async () => {
  folder.write("wrangler.toml", 'name = "site"\nmain = "index.ts"\n');
  const { stdout, stderr, exitCode } = await init(asProject());
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toContain("wrangler.toml here is of another Worker");
  expect(readdirSync(folder.path).sort()).toEqual(["node_modules", "package.json", "wrangler.toml"]);
});
