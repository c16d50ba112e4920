import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { LOBSTERS } from "../trace/lobsters.ts";
import { figuresOf, PUBLISHED_WRITES, REQUESTS, VOTES_PER_STORY } from "../trace/published.ts";
import { traceOf } from "../trace/trace.ts";

// In a process of its own, because time is virtual there: the counts are the same on every machine.
const BENCH = fileURLToPath(new URL("../../../run.ts", import.meta.url));

it("I1. on lobste.rs' traffic no answer is older than its bound, and few more are asked for than have changed", {
  timeout: 600_000,
}, async () => {
  const options = [
    "--rate",
    "60",
    "--seconds",
    "8",
    "--writes",
    "0.05",
    "--policies",
    "tidemark 10 s,clairvoyant",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, "lobsters", ...options]);
  const targets = stdout.split("\n").filter((line) => /\| *(?:met|\*\*missed\*\*) *\|$/.test(line));
  const verdicts = targets.map((line) => line.split("|").map((cell) => cell.trim()));
  expect(verdicts.map(([, what, , target, verdict]) => `${what} ${target}: ${verdict}`)).toEqual([
    "answers older than their bound 0: met",
    "tidemark 10 s: origin requests ÷ the clairvoyant's ≤ 1.3: met",
    "tidemark 10 s, no refills: origin requests ÷ the clairvoyant's ≤ 1.3: met",
    "tidemark 10 s, mirrors: origin requests ÷ the clairvoyant's ≤ 1.3: met",
  ]);
});

it("the trace has the published mix, and its stories the published votes", () => {
  const { arrivals } = traceOf({
    ...{
      workload: LOBSTERS,
      warmUpSeconds: 0,
      warmUpShare: 1,
      seconds: 1_000,
      rate: 200,
      isolates: 0,
      seed: 1,
    },
    writeShare: PUBLISHED_WRITES,
  });
  const total = Object.values(REQUESTS).reduce((sum, count) => sum + count, 0);
  const share = (has: (name: string) => boolean) =>
    arrivals.filter((arrival) => arrival.kind === "read" && has(arrival.query.shape.name)).length /
    arrivals.length;
  expect(share((name) => name === "story")).toBeCloseTo(REQUESTS.story / total, 2);
  expect(share((name) => name === "front page")).toBeCloseTo(REQUESTS.frontPage / total, 2);
  expect(1 - share(() => true)).toBeCloseTo(PUBLISHED_WRITES, 2);
  // 40,648 stories have 16,724 with less than 10 votes.
  const votes = figuresOf(VOTES_PER_STORY, 1_000);
  expect(votes.filter((count) => count < 10).length).toBeCloseTo(411, -1);
  expect(votes.at(-1)).toBeLessThan(300);
});
