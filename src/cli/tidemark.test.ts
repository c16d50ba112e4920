import { afterAll, expect, test } from "vitest";
import { VERSION } from "../runtime/version.ts";
import { folderWith, runToEnd } from "./testing/command.ts";

const empty = folderWith({});
afterAll(() => empty[Symbol.dispose]());

test.each([
  [["sqll"], 'there is no command "sqll"', "Did you mean tidemark sql?"],
  [["nope"], 'there is no command "nope"', "tidemark --help"],
  [
    ["stats", "--gateway", "localhost:8787"],
    "not an HTTP URL",
    "Did you mean --gateway http://localhost:8787?",
  ],
  [["explain", "select * from articles"], "neither a path nor a URL", "/rest/v1/articles"],
  [["explain", "/rest/v1/a", "--change", "gone.json"], "there is no file gone.json", '"UPDATE"'],
  [["toString"], 'there is no command "toString"', "tidemark --help"],
  [["sql", "--tabels", "x"], "there is no --tabels", "Did you mean --tables?"],
  [["sql", "-x"], "there is no --x", "tidemark sql --help"],
  [["sql", "--tables"], "--tables needs a value", "tidemark sql --help"],
  [["sql", "--tables", "--remove"], "--tables needs a value", "tidemark sql --help"],
  [["sql", "articles"], '"articles" is not expected here', "tidemark sql --help"],
  [["sql", "--nudge", "often"], "Invalid value", "tidemark sql --help"],
  [["sql", "--nudge", "notify", "--nudge-url", "https://a.example"], "exclude each other", "Keep one"],
  [["sql", "--tables", "a", "--nudge-url", "a.example"], "not an HTTP URL", "tidemark sql --help"],
  [["sql", "--tables", ".a"], '".a" is not schema.table', "tidemark sql --help"],
  [["sql"], "there is no tidemark.config.ts here", "--config"],
  [["doctor", "--config", "other.ts"], "there is no other.ts here", "--config"],
  [["doctor", "--gateway", "a.example"], "--gateway is not an HTTP URL", "https://"],
  [["relay", "--gateway", "https://a.example"], "DATABASE_URL is not set", "export DATABASE_URL"],
])("tidemark %j is not understood: one line and a hint", async (args, message, hint) => {
  const { stdout, stderr, exitCode } = await runToEnd(args, empty.path);
  expect(stdout).toBe("");
  const [first = "", second = "", ...rest] = stderr.split("\n");
  expect(first).toMatch(/^tidemark: /);
  expect(first).toContain(message);
  expect(second).toContain(hint);
  expect(rest).toEqual([""]);
  expect(exitCode).toBe(2);
});

test("help and version go to stdout; a missing command is an error", async () => {
  const help = await runToEnd(["--help"], empty.path);
  expect(help).toMatchObject({ exitCode: 0, stderr: "" });
  for (const name of [
    ...["init", "check", "dev", "sql", "relay", "doctor", "stats", "top", "entries"],
    ...["explain", "purge", "warm", "mode", "cost"],
  ]) {
    expect(help.stdout).toContain(name);
    expect(await runToEnd([name, "--help"], empty.path)).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout: expect.stringContaining(`tidemark ${name}`),
    });
  }
  expect(await runToEnd(["--version"], empty.path)).toMatchObject({ exitCode: 0, stdout: `${VERSION}\n` });
  expect(await runToEnd([], empty.path)).toMatchObject({ exitCode: 2 });
});

test.each([
  [
    "export default { tables: { articles: { freshnes: '1s' } } }",
    "tables.articles.freshnes: is not a known field",
  ],
  ["export default", "cannot be loaded"],
  ["import 'nowhere'", "cannot be loaded"],
  ["export const config = {}", "has no default export"],
  ["export default { tables: {} }", "names no table"],
])("an unusable configuration is reported as such: %s", async (content, message) => {
  using folder = folderWith({ "tidemark.config.ts": content });
  const { stdout, stderr, exitCode } = await runToEnd(["sql"], folder.path);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^tidemark: /);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
  expect(exitCode).toBe(1);
});
