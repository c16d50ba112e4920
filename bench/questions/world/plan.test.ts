import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PLAN_HEAD, planOf, planRows } from "./plan.ts";

const PAGE = readFileSync(new URL("../../../docs/scaling.md", import.meta.url), "utf8");

it("docs/scaling.md shows what isolates cost by bound, as it is computed", () => {
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const lines = PAGE.split("\n").filter((line) => line.startsWith("|"));
  const head = lines.findIndex((line) => line.includes("busy isolates") && line.includes("a month"));
  expect(cells(lines[head] ?? "").slice(1, -1)).toEqual(PLAN_HEAD);
  const rows = lines.slice(head + 2, head + 2 + planRows().length).map((line) => cells(line).slice(1, -1));
  expect(rows).toEqual(planRows());
});

it("a keeper gets no more calls than it takes, whatever the number of isolates", () => {
  for (const isolates of [1, 500, 501, 10_000, 100_000, 1_000_000])
    for (const boundMs of [500, 1_000, 10_000])
      expect(planOf(isolates, boundMs).keeperCalls).toBeLessThanOrEqual(1_000);
});

it("is priced as Cloudflare's page says", () => {
  // 20 calls a second are 51.84 million a month, of which one is included; one object's duration is.
  expect(planOf(100, 10_000).dollarsPerMonth).toBeCloseTo(50.84 * 0.15, 6);
});
