import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

// In a process of its own, because time is virtual there: the counts are the same on every machine.
const BENCH = fileURLToPath(new URL("../../run.ts", import.meta.url));
const POLICIES = "no cache,by user,tidemark 10,clairvoyant";

/** Of the clairvoyant's requests. The target is 1.2: bench/README.md says what is between them. */
const MOST_OF_CLAIRVOYANT = 2;

it("S1. nobody who signs in gets another's answer, or one older than the bound, and the database is asked less than by a cache by user", {
  timeout: 600_000,
}, async () => {
  const options = ["--users", "24", "--minutes", "15", "--policies", POLICIES];
  // It fails if an answer is one that the database has never given to this reader.
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "signed-in", ...options]);
  const cells = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const of = (policy: string) => cells.find(([, name]) => name === policy) ?? [];
  const requests = (policy: string) => Number(of(policy)[3]);
  expect(cells).toContainEqual(["", "tidemark's answers older than their bound", "0 of 353", "0", "met", ""]);
  expect(requests("no cache")).toBe(353);
  expect(requests("tidemark 10 s")).toBeLessThan(0.7 * requests("TTL 60 s by user"));
  expect(requests("tidemark 10 s")).toBeLessThan(MOST_OF_CLAIRVOYANT * requests("clairvoyant"));
});
