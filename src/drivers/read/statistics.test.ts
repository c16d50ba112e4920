import { expect, test } from "vitest";
import { DriverStatistics } from "./statistics.ts";

const count = (statistics: DriverStatistics, sql: string) =>
  statistics.count({ type: "pass-through", sql, reason: "not-a-read", detail: "" });

test("statements whose texts are long are counted until they fill memory, then the first are forgotten", () => {
  const statistics = new DriverStatistics();
  for (let n = 0; n < 900; n++) count(statistics, `insert into posts values ${n}${"x".repeat(50_000)}`);
  expect(statistics.bytes).toBeLessThan(4 * 1024 * 1024 + 200_000);
  const counted = statistics.read();
  expect(counted.length).toBeLessThan(50);
  expect(counted.at(-1)?.sql).toContain("values 899");
});

test("one statement is counted, however long it is", () => {
  const statistics = new DriverStatistics();
  count(statistics, "x".repeat(5_000_000));
  expect(statistics.read()).toMatchObject([{ passedThrough: { "not-a-read": 1 } }]);
  count(statistics, "select 1");
  expect(statistics.read().map(({ sql }) => sql)).toEqual(["select 1"]);
});
