import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ROOT } from "./pages.ts";

async function run(model: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, model), ...args]);
  return stdout;
}

describe("the model of the protocol", () => {
  const check = async (...args: string[]): Promise<{ bad: number; histories: number }> =>
    JSON.parse(await run("docs/design/mirror-model.mjs", "--fix", "all", "--nomirrors", ...args));

  it("breaks in none of 500 histories", async () => {
    expect(await check("--n", "500")).toMatchObject({ bad: 0, histories: 500 });
  });

  it("catches an as-of that counts from arrival (P2)", async () => {
    expect(await check("--n", "500", "--max", "1", "--mut", "c")).toMatchObject({ bad: 1 });
  });
});

describe("the model of the mirrors", () => {
  it("catches each of its directed mutations", async () => {
    const lines = (await run("docs/design/mirror-model.mjs", "--fix", "all", "--directed", "all")).trim();
    expect(lines.split("\n").filter((line) => !/passes +\| caught/.test(line))).toEqual([]);
  });
});
