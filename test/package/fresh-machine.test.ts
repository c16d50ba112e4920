import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startProject, type TestProject } from "../../src/cli/init/testing/project.ts";
import { until } from "../../testing/patience.ts";
import { removeFolder } from "../../testing/remove-folder.ts";
import { install, manifest, npm, pack } from "./pack.ts";

let project: TestProject;
let packed: string;
let machine: string;
let tarball: string;

beforeAll(async () => {
  // By its real name, because packages are linked from here.
  const make = (name: string) => realpathSync(mkdtempSync(join(tmpdir(), `tidemark-${name}-`)));
  packed = make("packed");
  machine = make("machine");
  [project, tarball] = await Promise.all([startProject(), pack(packed)]);
});

afterAll(async () => {
  await project?.stop();
  for (const folder of [packed, machine]) if (folder) removeFolder(folder);
});

const PLAIN = { PATH: process.env.PATH };

const bin = () => join(machine, "node_modules/.bin/tidemark");

const tidemark = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  promisify(execFile)(process.execPath, [bin(), ...args], { cwd: machine, env: { ...PLAIN, ...env } });

it("npm init -y, npm i, tidemark init, tidemark dev: what is there then deploys, runs, and answers with a hit", async () => {
  await npm(machine, "init", "-y");
  await install(machine, tarball);
  expect((await tidemark(["--version"])).stdout).toBe(`${manifest.version}\n`);

  const { stdout } = await tidemark(
    ["init", "--yes", "--url", project.url, "--key", project.publishableKey, "--tables", "articles,authors"],
    { DATABASE_URL: project.databaseUrl },
  );
  expect((await tidemark(["check"])).stdout).toContain("Nothing is wrong");

  // The very commands that it prints, but for psql and the account.
  expect(stdout).toContain("npx wrangler deploy --secrets-file .dev.vars");
  const wrangler = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));
  const deployed = await promisify(execFile)(
    process.execPath,
    [wrangler, "deploy", "--secrets-file", ".dev.vars", "--dry-run", "--outdir", "built"],
    { cwd: machine, env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" } },
  );
  expect(deployed.stdout).toContain("env.KEEPER (Keeper)");
  expect(existsSync(join(machine, "built/worker.js"))).toBe(true);

  const [, migration = ""] = /(supabase\/migrations\/\d+_tidemark\.sql)/.exec(stdout) ?? [];
  await project.sql.unsafe(readFileSync(join(machine, migration), "utf8")).simple();
  project.reload();
  expect((await tidemark(["doctor"])).stdout).toContain("Nothing is wrong");

  // As `npm install` would bring it: init has written it into package.json.
  symlinkSync(dirname(dirname(wrangler)), join(machine, "node_modules/wrangler"), "dir");
  const dev = spawn(process.execPath, [bin(), "dev", "--port", "0"], { cwd: machine, env: PLAIN });
  const ended = once(dev, "close");
  let said = "";
  for (const stream of [dev.stdout, dev.stderr]) stream.on("data", (part) => (said += part));
  try {
    const where = () => /Gateway +(http\S+)\n/.exec(said)?.[1];
    const gateway = await until(() => `tidemark dev says where it is: ${said}`, where);
    const headers = { apikey: project.publishableKey };
    const statuses: string[] = [];
    await until("a hit", async () => {
      const answer = await fetch(`${gateway}/rest/v1/articles?select=title`, { headers });
      expect(await answer.json()).toEqual([{ title: "Notes" }]);
      statuses.push(answer.headers.get("cache-status") ?? "");
      return statuses.at(-1)?.includes("; hit;");
    });
    // Captured, so its bound counts from the commit.
    expect(statuses.at(-1)).toMatch(/^tidemark; hit; detail=\w+$/);
  } finally {
    dev.kill("SIGINT");
    await ended;
  }
});
