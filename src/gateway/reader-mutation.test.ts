import { AsyncLocalStorage } from "node:async_hooks";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runHistory } from "./testing/history.ts";
import { MUTATIONS, SMALL } from "./testing/mutations.ts";
import type { Scope } from "./testing/scope.ts";
import { type Build, PRODUCTION } from "./testing/world.ts";

const SOURCE = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tidemark-mutants-"));
afterAll(() => rmSync(folder, { recursive: true }));

const platform = {
  database: () => new DatabaseSync(":memory:"),
  ambient: new AsyncLocalStorage<Scope>(),
};

/** Reader and Keeper with some texts replaced: a copy of what they import, loaded as modules of its own. */
async function variantOf(name: string, edits: typeof SMALL): Promise<Build> {
  const root = join(folder, name.replaceAll(/\W+/g, "-"));
  const files = new Set(["keeper/keeper.ts", "gateway/reader.ts"]);
  for (const file of files) {
    let text = readFileSync(join(SOURCE, file), "utf8");
    for (const [, imported = ""] of text.matchAll(/from "(\.[^"]+)"/g)) {
      files.add(relative(SOURCE, resolve(SOURCE, dirname(file), imported)));
    }
    for (const edit of edits.filter((candidate) => candidate.file === file)) {
      if (text.split(edit.from).length !== 2) throw new Error(`not found once in ${file}: ${edit.from}`);
      text = text.replace(edit.from, () => edit.to);
    }
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(root, file)).href);
  const [{ Keeper }, { Reader }, { hold }, { bucketOf }, { Fence }] = await Promise.all([
    load("keeper/keeper.ts"),
    load("gateway/reader.ts"),
    load("gateway/held.ts"),
    load("keeper/names.ts"),
    load("keeper/fence.ts"),
  ]);
  return { Keeper, Reader, hold, bucketOf, Fence };
}

/** The first broken history, or how many held. */
async function firstBroken(build: Build, histories: number, firstSeed = 1): Promise<string | number> {
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const { violations } = await runHistory(seed, platform, build);
    if (violations.length > 0) return `SEED=${seed}: ${violations[0]}`;
  }
  return histories;
}

describe("with a fence of four buckets", () => {
  it("1, 2, 3, 6, 9, 10. hold when nothing is broken", { timeout: 3_600_000 }, async () => {
    const histories = Number(process.env.HISTORIES ?? 300);
    const firstSeed = Number(process.env.SEED ?? 1);
    expect(await firstBroken(await variantOf("none", SMALL), histories, firstSeed)).toBe(histories);
  });

  for (const { name, edits, histories = 300, firstSeed, directed, large } of MUTATIONS) {
    it(`a mutation is caught: ${name}`, { timeout: 120_000 }, async () => {
      const build = await variantOf(name, large || directed ? edits : [...SMALL, ...edits]);
      if (directed) {
        expect(await directed(platform, PRODUCTION)).toBe(null);
        expect(await directed(platform, build)).toMatch(/^[126]\. /);
        return;
      }
      const broken = await firstBroken(build, histories, firstSeed);
      if (process.env.VERBOSE) console.log(name, broken);
      expect(broken).toMatch(/^SEED/);
    });
  }
});
