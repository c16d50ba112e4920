import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SettingError } from "./settings.ts";
import { holdState } from "./state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A user's row in the database, and a file that is not the demo's. */
function leaveBehind(): { row: string; foreign: string } {
  const { supabaseDir, release } = holdState(folder, false);
  const row = join(supabaseDir, "row");
  const foreign = join(folder, "foreign");
  mkdirSync(supabaseDir, { recursive: true });
  for (const file of [row, foreign]) writeFileSync(file, "");
  release();
  return { row, foreign };
}

test("state stays from one start to the next", () => {
  const { row } = leaveBehind();
  expect(holdState(folder, false).outdated).toBe(false);
  expect(existsSync(row)).toBe(true);
});

test("--reset removes the demo's state, and nothing else in the folder", () => {
  const { row, foreign } = leaveBehind();
  holdState(folder, true);
  expect([existsSync(row), existsSync(foreign)]).toEqual([false, true]);
});

test("state of another schema or other rows is removed, and reported as outdated", () => {
  const { row } = leaveBehind();
  writeFileSync(join(folder, "version"), "another");
  expect(holdState(folder, false).outdated).toBe(true);
  expect(existsSync(row)).toBe(false);
  expect(holdState(folder, false).outdated).toBe(false);
});

test("a running demo locks others out, a dead one does not", () => {
  writeFileSync(join(folder, "pid"), String(process.ppid));
  expect(() => holdState(folder, true)).toThrow(SettingError);
  expect(() => holdState(folder, true)).toThrow(/Another demo .* set TIDEMARK_STATE_DIR to another folder/);
  writeFileSync(join(folder, "pid"), String(2 ** 30));
  const { release } = holdState(folder, false);
  expect(readFileSync(join(folder, "pid"), "utf8")).toBe(String(process.pid));
  release();
  expect(existsSync(join(folder, "pid"))).toBe(false);
});
