import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listening } from "../../testing/origins/listening.ts";
import { proposalText, surveyText } from "./init/show.ts";
import { linkPackage } from "./init/testing/link-package.ts";
import { folderWith, runToEnd } from "./testing/command.ts";

/** Sets a terminal's title, clears its screen by a single character, turns the direction of writing, ends lines, hides. */
const HOSTILE = "a\u001b]0;owned\u0007\u009b2J\u202eb\u2028c\u200dd\re\u0085f";
/** What a terminal or an editor obeys. A line's end is ours. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const PROJECT = ["--url", "https://abcdefgh.supabase.co", "--key", "sb_publishable_abcdefghijklmnop"];

test("init shows and writes names of tables, policies and roles as text, whatever they are", async () => {
  using folder = folderWith({ "package.json": '{ "type": "module" }' });
  linkPackage(folder.path);
  const name = HOSTILE.replaceAll("\r", "");
  const sql = `
    create table "${name}" (id int primary key);
    alter table "${name}" enable row level security;
    create policy "own ${name}" on "${name}" for select to "${name}" using (note = '${name}');
    create view "v ${name}" as select 1 as one;`;
  folder.makeFolder("supabase/migrations");
  folder.write("supabase/migrations/20260101000000_a.sql", sql);
  for (const flags of [["--changes", "webhooks"], []]) {
    const { stdout, stderr, exitCode } = await runToEnd(["init", "--yes", ...PROJECT, ...flags], folder.path);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toContain("owned");
    expect(stdout).not.toMatch(OBEYED);
    const config = readFileSync(join(folder.path, "tidemark.config.ts"), "utf8");
    expect(config).toContain("owned");
    expect(config).not.toMatch(OBEYED);
  }
  // And it names the very table: what is configured is what was found.
  const checked = await runToEnd(["check"], folder.path);
  expect(checked.stdout + checked.stderr).not.toMatch(OBEYED);
  const printed = await runToEnd(["sql"], folder.path);
  expect(printed.stdout).toContain(`"${name}"`);
});

test("init shows what a database, an API or a file says of tables as text", () => {
  const words = `who signs in: their reads pass through, because ${HOSTILE}`;
  const text = surveyText({
    source: HOSTILE,
    tables: [
      {
        ...{ relation: `public.${HOSTILE}`, kind: "table", rowSecurity: true, dependsOn: [] },
        policies: [{ name: HOSTILE, roles: [HOSTILE], using: HOSTILE }],
        prospects: [{ reader: "signed-in", how: "bypass", words }],
      },
    ],
  });
  expect(text).not.toMatch(OBEYED);
  expect(text.trimEnd().split("\n")).toHaveLength(5);
  const kinds = [
    { kind: "same", path: HOSTILE },
    { kind: "by-hand", path: HOSTILE, lines: [HOSTILE] },
    { kind: "write", path: HOSTILE, before: "", content: "", added: [HOSTILE] },
  ] as const;
  for (const proposal of kinds) expect(proposalText(proposal)).not.toMatch(OBEYED);
});

test("check and doctor show what is configured as text", async () => {
  using folder = folderWith({
    "tidemark.config.ts": `export default { tables: { ${JSON.stringify(HOSTILE)}: true } };`,
  });
  const env = { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_PUBLISHABLE_KEY: "key" };
  for (const command of ["check", "doctor", "sql"]) {
    const { stdout, stderr } = await runToEnd([command], folder.path, env);
    // What sql prints is for the database, where the name must be the table's.
    expect(command === "sql" ? stderr : stdout + stderr).not.toMatch(OBEYED);
  }
  folder.write(
    "tidemark.config.ts",
    `export default { tables: { ${JSON.stringify(HOSTILE)}: { freshness: "soon" } } };`,
  );
  for (const command of ["check", "doctor", "sql"]) {
    const { stdout, stderr } = await runToEnd([command], folder.path, env);
    expect(stdout + stderr).toContain("freshness");
    expect(stdout + stderr).not.toMatch(OBEYED);
  }
});

const ANSWERS: readonly (readonly [number, string, object | string])[] = [
  [400, "application/problem+json", { code: HOSTILE, title: HOSTILE, detail: HOSTILE }],
  [400, "application/problem+json", { code: "bad-path", title: HOSTILE, detail: HOSTILE }],
  [404, "application/problem+json", { code: "no-such-path", title: "t", version: HOSTILE }],
  [200, "application/json", { version: HOSTILE, mode: HOSTILE, purged: HOSTILE, [HOSTILE]: HOSTILE }],
  [200, "a\u009b2Jb", "<html>"],
];

test.each(ANSWERS)(
  "whatever stands at a gateway's address, a command shows what it says as text: %i %j %j",
  async (status, type, body) => {
    using folder = folderWith({});
    const server = createServer((_, response) => {
      response.writeHead(status, { "content-type": type });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
    const { url: gateway, stop } = await listening(server);
    onTestFinished(stop);
    const commands = [["stats"], ["mode"], ["purge", "--all"], ["explain", "/rest/v1/a"], ["entries"]];
    for (const args of commands) {
      const env = { TIDEMARK_ADMIN_SECRET: "the-admin's-secret" };
      const { stdout, stderr } = await runToEnd([...args, "--gateway", gateway], folder.path, env);
      expect(stdout + stderr).not.toBe("");
      expect(stdout + stderr).not.toMatch(OBEYED);
      expect(stdout + stderr).not.toContain("    at ");
    }
  },
);
