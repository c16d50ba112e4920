import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { until } from "../../../../testing/patience.ts";
import { removeFolder } from "../../../../testing/remove-folder.ts";
import { BUNDLE_NAME, BundleSources, bundleOf, MAPPED_BUNDLE } from "./bundle-sources.ts";
import { loadTools } from "./tools.ts";
import { startWorkerd } from "./workerd.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-sources-"));
afterAll(() => removeFolder(folder));

const write = (name: string, lines: readonly string[]) => {
  writeFileSync(join(folder, name), lines.join("\n"));
  return relative(process.cwd(), join(folder, name));
};

test("what workerd logs of an error names files and lines as they were written", async () => {
  // Types, comments and the other module move each line.
  const failing = write("failing.ts", [
    "interface Reason {",
    "  readonly text: string;",
    "}",
    "// A comment.",
    "export function fail({ text }: Reason): never {",
    "  throw new Error(text);",
    "}",
  ]);
  const worker = write("worker.ts", [
    'import { DurableObject } from "cloudflare:workers";',
    'import { fail } from "./failing.ts";',
    "export class Keeper extends DurableObject {}",
    "export default {",
    "  fetch() {",
    "    try {",
    '      fail({ text: "not today" });',
    "    } catch (error) {",
    "      console.error((error as Error).stack);",
    "    }",
    '    return new Response("late");',
    "  },",
    "};",
  ]);
  const tools = await loadTools(process.cwd());
  const { outputFiles } = await tools.esbuild.build({ ...MAPPED_BUNDLE, entryPoints: [worker] });
  const { code, sources } = bundleOf(outputFiles);
  const logged: string[] = [];
  const workerd = await startWorkerd(tools, {
    workers: [{ name: "gateway", code }],
    keeper: "gateway",
    env: {},
    onLog: ({ message }) => logged.push(message),
  });
  try {
    expect(await (await fetch(workerd.urlOf("gateway"))).text()).toBe("late");
    await until("it is logged", () => logged.length > 0);
  } finally {
    await workerd.stop();
  }
  expect(logged[0]).toContain(BUNDLE_NAME);
  const named = sources.named(logged[0] ?? "");
  expect(named.split("\n")).toEqual([
    "Error: not today",
    `    at fail (${failing}:6:9)`,
    `    at Object.fetch (${worker}:7:7)`,
  ]);
});

test("what is of no file of the bundle stays as it is", () => {
  const none = new BundleSources(JSON.stringify({ version: 3, sources: [], names: [], mappings: "" }));
  const logged = `at node:internal:1:2\nat index.js:3:4\nat ${BUNDLE_NAME}:5:6`;
  expect(none.named(logged)).toBe(logged);
});
