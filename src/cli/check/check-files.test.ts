import { expect, test } from "vitest";
import { folderWith, runToEnd } from "../testing/command.ts";

// Files that are not there, or cannot be read: every command that reads them says so alike.

const CONFIG = "export default { tables: { articles: true } };";
const project = (files: Readonly<Record<string, string>>) =>
  folderWith({ "tidemark.config.ts": CONFIG, ...files });

test.each([
  ["a mistake of writing", `export default {\n  tables: { a: true } ;\n`, /tidemark\.config\.ts:2: Expected/],
  ["an error", `\n\nthrow new Error("not today");`, /loaded: tidemark\.config\.ts:3: not today/],
  ["no error at all", "throw null;", /loaded: null/],
  ["a pending await", "await new Promise(() => {}); export default {};", /it awaits something that never/],
])("a configuration that does not load is one line with the place, and a hint: %s", async (_, text, said) => {
  using folder = project({ "tidemark.config.ts": text });
  const { stdout, stderr, exitCode } = await runToEnd(["check"], folder.path);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toMatch(said);
  expect(stderr).toMatch(/^tidemark: [^\n]*cannot be loaded: [^\n]*\n {2}\S[^\n]*\n$/);
});

test("a configuration that keeps a timer does not keep the command from ending", async () => {
  using folder = project({ "tidemark.config.ts": `setInterval(() => {}, 1_000); ${CONFIG}` });
  const { stdout, exitCode } = await runToEnd(["check"], folder.path);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("✓ tidemark.config.ts caches one table\n");
});

test("a folder without files names what makes them", async () => {
  using folder = folderWith({});
  const { stderr, exitCode } = await runToEnd(["check"], folder.path);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("tidemark init");
});

test("a folder in place of a file is one line and a hint", async () => {
  using folder = project({});
  folder.makeFolder(".dev.vars");
  const { stdout, stderr, exitCode } = await runToEnd(["check"], folder.path);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toMatch(/^tidemark: \.dev\.vars cannot be read \(EISDIR\)\n {2}\S.*\n$/);
});
