import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

// In a process of its own, because time is virtual there: the counts are the same on every machine.
const BENCH = fileURLToPath(new URL("../../run.ts", import.meta.url));
const POLICIES = "tidemark 10 s,tidemark 0 s,clairvoyant,table-level tags";

it("I1. on counters no answer is older than its bound, and the origin gets no more requests than the targets allow", {
  timeout: 600_000,
}, async () => {
  const options = [
    "--scenarios",
    "counters:0.1",
    "--distances",
    "60",
    "--seconds",
    "10",
    "--policies",
    POLICIES,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "workload", ...options]);
  const targets = stdout.split("\n").filter((line) => /\| *(?:met|\*\*missed\*\*) *\|$/.test(line));
  const verdicts = targets.map((line) => line.split("|").map((cell) => cell.trim()));
  expect(verdicts.map(([, what, , target, verdict]) => `${what} ${target}: ${verdict}`)).toEqual([
    "tidemark's answers older than their bound 0: met",
    "counters, 10 % writes, 60 ms, tidemark 10 s: origin requests ÷ the clairvoyant's ≤ 1.2: met",
    "counters, 10 % writes, 60 ms, tidemark 10 s: origin requests ÷ table-level tags' ≤ 0.2: met",
    "counters, 10 % writes, 60 ms, tidemark 0 s: origin requests ÷ the clairvoyant's ≤ 1.2: met",
  ]);
});
