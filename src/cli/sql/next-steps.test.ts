import { afterEach, beforeEach, expect, test } from "vitest";
import { type Folder, folderWith, runToEnd } from "../testing/command.ts";

let folder: Folder;
beforeEach(() => {
  folder = folderWith({ "tidemark.config.ts": "export default { tables: { articles: true } };" });
});
afterEach(() => folder[Symbol.dispose]());

test.each([
  [
    "a token that is here is the one to give",
    [],
    { TIDEMARK_CAPTURE_TOKEN: "a.b.c" },
    /TOKEN\n\s+the one of /,
  ],
  ["without one, it says when none is needed", [], {}, /If anon may call already, as tidemark init has it/],
  [
    "the keeper alone needs one",
    ["--caller", "tidemark_keeper"],
    {},
    /A token of the role tidemark_keeper\./,
  ],
  [
    "another role does, too",
    ["--caller", "members"],
    {},
    /A token of the role members, or of tidemark_keeper/,
  ],
])("the next steps: %s", async (_, args, env, expected) => {
  const { stderr } = await runToEnd(["sql", ...args], folder.path, env);
  expect(stderr).toMatch(expected);
  expect(stderr).not.toContain("a.b.c");
  expect(stderr.includes("If anon may")).toBe(args.length === 0 && !("TIDEMARK_CAPTURE_TOKEN" in env));
});

test("anon needs no token", async () => {
  const { stderr } = await runToEnd(["sql", "--caller", "anon"], folder.path);
  expect(stderr).not.toContain("TIDEMARK_CAPTURE_TOKEN");
});

test("of an environment, every command that it prints names it, so that no secret of one gets into another", async () => {
  folder.write("wrangler.toml", 'name = "a"\n[env.staging.vars]\nA = "b"\n');
  const JWT = "a JWT secret of at least 32 characters";
  for (const args of [
    ["--rotate"],
    ["--nudge", "notify"],
    ["--jwt-secret-env", "JWT"],
    ["--caller", "anon"],
  ]) {
    const env = { JWT, TIDEMARK_CAPTURE_SECRET: "the-secret-of-this-test" };
    const { stderr } = await runToEnd(["sql", "--env", "staging", ...args], folder.path, env);
    const commands = stderr.match(/npx (?:wrangler|tidemark (?!relay)).*$/gm) ?? [];
    expect(commands.length).toBeGreaterThan(1);
    expect(commands.filter((each) => !/ --env staging\b/.test(each))).toEqual([]);
    expect(stderr).toContain("in the database of staging");
  }
  const fresh = await runToEnd(["sql", "--env", "staging"], folder.path);
  expect(fresh.stderr).toContain("Put it into .dev.vars.staging");
});
