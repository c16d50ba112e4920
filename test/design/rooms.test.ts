import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, textOf } from "./pages.ts";
import { CONFIG, folders, rooms, textOfConfig } from "./rooms.ts";

const BIOME = join(ROOT, "node_modules/@biomejs/biome/bin/biome");

describe("the list of rooms in docs/design/architecture.md", () => {
  it(`is what ${CONFIG} enforces; npm run rooms writes it`, () => {
    expect(textOf(CONFIG)).toBe(textOfConfig());
  });

  it("names only rooms that are there", () => {
    const known = new Set(folders().flatMap((folder) => [folder, `${dirname(folder)}/*`]));
    const named = [...rooms()].flat(2);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it("lets rooms import one way only", () => {
    const list = rooms();
    const among = [...list.keys()];
    const allows = (from: string, to: string) =>
      (list.get(from) ?? []).some(
        (name) => name === to || (name.endsWith("/*") && to.startsWith(name.slice(0, -1))),
      ) ||
      // A room may import its own sub-rooms, but not those that list it.
      (to.startsWith(`${from}/`) && !list.get(to)?.includes(from));
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      among.some((next) => {
        if (next === from || !allows(from, next) || seen.has(next)) return false;
        seen.add(next);
        return next === to || reaches(next, to, seen);
      });
    expect(among.filter((room) => reaches(room, room))).toEqual([]);
  });
});

/** Imports that must be refused: from a folder, by the way its files would write them. */
const FORBIDDEN: readonly (readonly [folder: string, from: string])[] = [
  ["src/runtime", "../cache/tidemark.ts"],
  ["src/postgrest/query", "../../runtime/clock.ts"],
  ["src/postgrest/query", "../verdict/verdict.ts"],
  ["src/cache", "../keeper/keeper.ts"],
  ["src/cache", "./test-suite/test-suite.ts"],
  ["src/cache/read", "../../fence/fence.ts"],
  ["src/keeper/protocol", "../keeper.ts"],
  ["src/keeper/keys", "../fills/fills.ts"],
  ["src/fence", "../gateway/gateway.ts"],
  ["src/gateway", "../../demo/start.ts"],
  ["src/client", "../../simulator/run.ts"],
  ["src/origin", "../../testing/clock.ts"],
  ["src/keeper", "./testing/rig.ts"],
];

const ALLOWED: typeof FORBIDDEN = [
  ["src/keeper/fills", "../../runtime/clock.ts"],
  ["src/keeper/fills", "../protocol/fill.ts"],
  ["src/keeper", "./fills/fills.ts"],
  ["src/cache/read", "../entry/entry.ts"],
  ["src/fence", "../cache/invalidation/fence.ts"],
];

/** Each way to import; a line each. */
const WAYS = (from: string) => [
  `import { a } from "${from}";`,
  `import type { B } from "${from}";`,
  `export { c } from "${from}";`,
  `export const d = async (): Promise<B> => (await import("${from}")).d(a);`,
];

describe("npm run check", () => {
  let folder: string;
  let said: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tidemark-rooms-"));
    for (const name of ["biome.json", CONFIG]) cpSync(join(ROOT, name), join(folder, name));
    for (const [index, [room, from]] of FORBIDDEN.entries())
      plant(`${room}/forbidden-${index}.ts`, WAYS(from));
    for (const [index, [room, from]] of ALLOWED.entries()) plant(`${room}/allowed-${index}.ts`, WAYS(from));
    plant("src/runtime/chicken.ts", ['import type { Egg } from "./egg.ts";', "export type Chicken = Egg[];"]);
    plant("src/runtime/egg.ts", [
      'import type { Chicken } from "./chicken.ts";',
      "export type Egg = Chicken[];",
    ]);
    said = await lint();
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function plant(path: string, lines: readonly string[]): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${lines.join("\n")}\n`);
  }

  async function lint(): Promise<string> {
    const args = ["lint", "--vcs-enabled=false", "--colors=off", "--max-diagnostics=none", "."];
    const run = promisify(execFile)(process.execPath, [BIOME, ...args], { cwd: folder });
    const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  }

  function linesWith(path: string, rule: string): number {
    return said.split("\n").filter((line) => line.startsWith(`${path}:`) && line.includes(rule)).length;
  }

  it.each(FORBIDDEN.map(([room, from], index) => [room, from, index] as const))(
    "refuses that %s imports %s, in any way",
    (room, from, index) => {
      expect(linesWith(`${room}/forbidden-${index}.ts`, "noRestrictedImports")).toBe(WAYS(from).length);
    },
  );

  it.each(ALLOWED.map(([room, from], index) => [room, from, index] as const))(
    "takes that %s imports %s",
    (room, _, index) => {
      expect(said).not.toContain(`${room}/allowed-${index}.ts`);
    },
  );

  it("refuses a circle, even of types only", () => {
    expect(linesWith("src/runtime/egg.ts", "noImportCycles")).toBe(1);
  });
});
