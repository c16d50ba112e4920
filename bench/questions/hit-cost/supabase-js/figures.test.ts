import { expect, test } from "vitest";
import { comparisonOf, READERS, ROUTES, type Round, type Route } from "./figures.ts";
import type { ReadResult } from "./reader.ts";
import { comparisonAsMarkdown } from "./report.ts";

const DESCRIBED = { rounds: 2, sliceMs: 1_000, bytes: 20_480 };

/** A second in which each read took so long, and all of them so much CPU together. */
function result(latenciesMs: readonly number[], rest: Partial<ReadResult> = {}): ReadResult {
  return {
    elapsedMs: 1_000,
    latenciesMs,
    cpuMs: { client: 10, workerd: 20, api: 30, postgres: 40 },
    checked: latenciesMs.length,
    wrong: 0,
    firstWrong: null,
    ...rest,
  };
}

function round(results: Readonly<Record<Route, ReadResult>>): Round {
  return READERS.flatMap((readers) => ROUTES.map((route) => ({ route, readers, result: results[route] })));
}

const slow = { straight: result([100, 100]), hit: result([1, 1, 1, 1]), sync: result([50, 50, 50]) };
const fast = { straight: result([10, 10, 10, 10]), hit: result([1, 1, 1, 1, 1, 1, 1, 1]), sync: result([9]) };

test("routes are compared within a round, and milliseconds cover all rounds", () => {
  const { routes } = comparisonOf([round(slow), round(fast)], DESCRIBED);
  const hit = routes.find(({ route, readers }) => route === "hit" && readers === 16);
  expect(hit?.ofStraight).toMatchObject({ min: 2, max: 2 });
  const straight = routes.find(({ route }) => route === "straight");
  expect(straight?.milliseconds.p50).toBe(10);
  expect(straight?.milliseconds.p99).toBe(100);
});

test("CPU is each process's own, by the reads that were counted", () => {
  const [straight] = comparisonOf([round(slow)], DESCRIBED).routes;
  expect(straight?.cpuMicroseconds.client?.median).toBe(5_000);
  expect(straight?.cpuMicroseconds.postgres?.median).toBe(20_000);
});

test("a wrong answer is reported below the table, and unknown CPU time is left out", () => {
  const untold = { client: 10, workerd: null, api: null, postgres: null };
  const wrong = {
    ...slow,
    hit: result([1], { cpuMs: untold, wrong: 1, firstWrong: "other rows on page 3" }),
  };
  const text = comparisonAsMarkdown(comparisonOf([round(wrong)], DESCRIBED));
  expect(text).toContain("through the gateway: 1 of 1 wrong: other rows on page 3.");
  expect(text).toMatch(/\| through the gateway \| 1 \|.*\| 10000 \| – \| – \| – \|/);
});
