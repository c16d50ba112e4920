import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { PLACEHOLDER, placeholders } from "./address.ts";
import { ROOT, textOf } from "./pages.ts";

const PACKAGE = textOf("package.json");

describe("the addresses in package.json", () => {
  it("stop a publication while they are placeholders", async () => {
    const { prepublishOnly = "" } = (JSON.parse(PACKAGE) as { scripts: Record<string, string> }).scripts;
    const [, script = ""] = prepublishOnly.split(" ");
    const run = promisify(execFile)(process.execPath, [join(ROOT, script)]);
    const code = await run.then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    expect(code).toBe(placeholders(PACKAGE).length > 0 ? 1 : 0);
  });

  it("are all of one kind: placeholders, or none", () => {
    expect([[], ["homepage", "bugs", "repository"]]).toContainEqual(placeholders(PACKAGE));
  });

  it("are placeholders where the button in the README is one", () => {
    const urls = [...textOf("README.md").matchAll(/cloudflare\.com\/\?url=(\S+?)\)/g)].map(
      ([, url = ""]) => url,
    );
    expect(urls).toHaveLength(1);
    expect(urls[0]?.includes(PLACEHOLDER)).toBe(placeholders(PACKAGE).length > 0);
  });

  it("are found by what they name, wherever they stand", () => {
    expect(placeholders('{"homepage":"https://example.invalid/a","bugs":{"url":"https://a.dev"}}')).toEqual([
      "homepage",
    ]);
  });
});

describe("the hosted CI", () => {
  const workflow = textOf(".github/workflows/ci.yml");

  it("runs capture on every Node and every Postgres that are promised", () => {
    expect(workflow).toContain("node: [22, 24]");
    const versions = [...workflow.matchAll(/\{ version: (\d+), package: (\d+)\./g)];
    expect(versions.map(([, version]) => version)).toEqual(["14", "15", "16", "17", "18"]);
    for (const [, version, of] of versions) expect(of).toBe(version);
  });

  it("looks for gaps in the reference", () => {
    expect(workflow).toContain("npm run reference:check");
  });
});
