import { expect, test } from "vitest";
import { textOf } from "../../test/design/pages.ts";
import { type CostLine, costAtPace, costOf, perDay, type Usage } from "./cost.ts";
import { type Metered, PRICES, PRICES_AS_OF } from "./prices.ts";

const NOTHING: Usage = {
  workerRequests: 0,
  keeperCalls: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
};

const lineOf = (meter: Metered, usage: Partial<Usage>): CostLine => {
  const line = costOf({ ...NOTHING, ...usage }).lines.find((each) => each.meter === meter);
  if (line === undefined) throw new Error(`no line for ${meter}`);
  return line;
};

test("a gateway without requests costs the plan, and fits the Free one", () => {
  const cost = costOf(NOTHING);
  expect(cost).toMatchObject({ dollarsPerMonth: 5, fitsFree: true, asOf: PRICES_AS_OF });
  // Awake all day, the keeper uses most of what is free; so it is what runs out first.
  expect(cost.scarcest).toBe("keeperDuration");
  expect(lineOf("keeperDuration", {})).toMatchObject({ perDay: 10_800, dollarsPerMonth: 0 });
  expect(lineOf("keeperDuration", {}).ofFree).toBeCloseTo(0.83, 2);
});

test.each<[keyof Usage, number, number, number]>([
  // meter, a day, dollars a day at the price, dollars a month beyond what is included
  ["workerRequests", 1_000_000, 0.3, 6], // 30 million less 10 million, at $0.30
  ["keeperCalls", 100_000, 0.015, 0.3], // 3 million less 1 million, at $0.15
  ["rowsRead", 1_000_000_000, 1, 5], // 30 thousand million less 25 thousand million, at $0.001
  ["rowsWritten", 2_000_000, 2, 10], // 60 million less 50 million, at $1
  ["kvReads", 1_000_000, 0.5, 10], // 30 million less 10 million, at $0.50
  ["kvWrites", 50_000, 0.25, 2.5], // 1.5 million less 1 million, at $5
])("%s: %d a day cost what Cloudflare's page says", (meter, amount, aDay, aMonth) => {
  const line = lineOf(meter, { [meter]: amount });
  expect(line.dollarsPerDay).toBeCloseTo(aDay, 10);
  expect(line.dollarsPerMonth).toBeCloseTo(aMonth, 10);
  expect(costOf({ ...NOTHING, [meter]: amount }).dollarsPerMonth).toBeCloseTo(5 + aMonth, 10);
});

test("what is included costs nothing, and nothing gives money back", () => {
  expect(lineOf("kvReads", { kvReads: 333_333 }).dollarsPerMonth).toBe(0);
  expect(lineOf("kvReads", { kvReads: 1 }).dollarsPerMonth).toBe(0);
});

test("the Free plan is left by one operation too many, of the scarcest kind", () => {
  expect(costOf({ ...NOTHING, kvWrites: 1_000 }).fitsFree).toBe(true);
  expect(costOf({ ...NOTHING, kvWrites: 1_001 })).toMatchObject({ fitsFree: false, scarcest: "kvWrites" });
});

test("counts since some time ago become those of a day", () => {
  const counted = { ...NOTHING, workerRequests: 30, kvWrites: 2 };
  expect(perDay(counted, 3_600_000)).toEqual({ ...NOTHING, workerRequests: 720, kvWrites: 48 });
  expect(perDay(counted, 3_600_000, 40)).toMatchObject({ workerRequests: 720, kvWrites: 40 });
  expect(() => perDay(counted, 0)).toThrow(RangeError);
  expect(() => perDay(counted, Number.NaN)).toThrow(RangeError);
});

test("a gateway's writes to KV are never projected beyond its budget of a day", () => {
  const operations = { ...NOTHING, kvReads: 1, kvWrites: 2 };
  const day = { ...NOTHING, kvReads: 24, kvWrites: 40 };
  expect(costAtPace({ operations, kvBudget: { perDay: 40 } }, 3_600_000)).toEqual(costOf(day));
  expect(costAtPace({ operations }, 3_600_000)).toEqual(costOf({ ...day, kvWrites: 48 }));
});

test("docs/costs.md names every price, limit, source and the date", () => {
  const page = textOf("docs/costs.md");
  const rows = page.split("\n").filter((line) => line.startsWith("|"));
  for (const { label, freePerDay, dollarsPerMillion, source } of Object.values(PRICES)) {
    const row = rows.find((line) => line.startsWith(`| ${label} `)) ?? "";
    expect(row, label).toContain(freePerDay.toLocaleString("en-US"));
    expect(row, label).toContain(
      `$${dollarsPerMillion < 0.01 ? dollarsPerMillion : dollarsPerMillion.toFixed(2)}`,
    );
    expect(page).toContain(source);
  }
  expect(page).toContain(PRICES_AS_OF);
});
