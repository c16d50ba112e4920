import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";
import { linkPackage } from "./testing/link-package.ts";

let folder: Folder;
beforeEach(() => {
  folder = folderWith({ "package.json": '{ "name": "site", "type": "commonjs" }' });
  linkPackage(folder.path);
});
afterEach(() => folder[Symbol.dispose]());

test.each<[string, readonly string[], Record<string, string>, string, string]>([
  ["no terminal", [], {}, "there is no terminal to ask on", "--yes"],
  ["an address that nobody gave", ["--yes"], {}, "--yes leaves open: The project's address", "--help"],
  [
    "a secret key",
    ["--yes", "--url", "https://a.example", "--key", "sb_secret_hunter2"],
    {},
    "is a secret key",
    "browsers",
  ],
  [
    "nothing to read tables from",
    ["--yes", "--url", "https://a.example", "--key", "k"],
    {},
    "there is nothing to read the tables from",
    "DATABASE_URL",
  ],
  [
    "a database that is not there",
    ["--yes", "--url", "https://a.example", "--key", "k"],
    { DATABASE_URL: "postgres://me:hunter2@127.0.0.1:9/postgres" },
    "the database cannot be asked",
    "DATABASE_URL",
  ],
  [
    "no address of a database",
    ["--yes", "--url", "https://a.example", "--key", "k"],
    { DATABASE_URL: "https://a.example/hunter2" },
    "DATABASE_URL is not the address of a database",
    "It must begin with postgres://",
  ],
  [
    "a password with a % that is not escaped",
    ["--yes", "--url", "https://a.example", "--key", "k"],
    { DATABASE_URL: "postgres://me:hunter2%zz@127.0.0.1:9/postgres" },
    "DATABASE_URL is not the address of a database",
    "%25 for a %",
  ],
])("%s: one line and a hint, and nothing is written", async (_, args, env, message, hint) => {
  const { stdout, stderr, exitCode } = await runToEnd(["init", ...args], folder.path, env);
  expect([stdout, exitCode === 0]).toEqual(["", false]);
  const [first, second] = stderr.split("\n");
  expect(first).toContain(message);
  expect(second).toContain(hint);
  expect(stderr).not.toContain("hunter2");
  expect(readdirSync(folder.path).sort()).toEqual(["node_modules", "package.json"]);
});
