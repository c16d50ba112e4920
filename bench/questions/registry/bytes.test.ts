import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { KEY_MAX_BYTES } from "../../../src/keeper/keys/key-size.ts";

const BENCH = fileURLToPath(new URL("../../run.ts", import.meta.url));

/** What V8 allocates in any case. */
const BY_THE_WAY = 100_000;

test("I11. the registry counts at least what V8 takes, whatever the reads are", {
  timeout: 900_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "registry", "0.5"]);
  const rows = stdout.split("\n").filter((line) => /^\| .*\d/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const [name = "", ...cells] = row.split("|").slice(1);
    const [taken = 0, counted = 0, , keys = 1] = cells.map((cell) => Number(cell.replaceAll(",", "")));
    expect(counted + BY_THE_WAY / keys, name).toBeGreaterThanOrEqual(taken);
    // Far below the 853 KB that 380 aliased embeds took once.
    if (!name.startsWith(" windows")) expect(taken, name).toBeLessThan(KEY_MAX_BYTES);
  }
});
