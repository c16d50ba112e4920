import { describe, expect, it } from "vitest";
import type { History, HistoryRow } from "../../../src/keeper/protocol/history.ts";
import { seriesOf } from "./series.ts";

const bounds = { waits: [10, 100, null], lags: [1_000, null] };
const zero = { hits: 0, stale: 0, misses: 0, bypasses: 0, errors: 0, originRequests: 0 };
const row = (minute: number, more: Partial<HistoryRow>): HistoryRow => ({
  ...zero,
  ...{ invalidations: 0, changes: 0, waits: [0, 0, 0], lags: [0, 0] },
  at: new Date(minute * 60_000).toISOString(),
  ...more,
});
const history = (...rows: HistoryRow[]): History => ({ stepSeconds: 60, bounds, rows });

describe("a history as lines", () => {
  it("shows steps without a row as steps in which nothing happened, and none that has not ended", () => {
    const { times, lines } = seriesOf(
      history(row(100, { hits: 5 }), row(103, { hits: 7 })),
      ["hits"],
      105.5 * 60_000,
    );
    expect(times.slice(-5)).toEqual([100, 101, 102, 103, 104].map((minute) => minute * 60));
    expect(lines.hits?.slice(-6)).toEqual([0, 5, 0, 0, 7, 0]);
  });

  it("of one minute alone is half an hour, so that there is a line to see", () => {
    const { times, lines } = seriesOf(history(row(100, { hits: 5 })), ["hits"], 101 * 60_000);
    expect([times.length, times[0], times.at(-1)]).toEqual([30, 71 * 60, 100 * 60]);
    expect(lines.hits).toEqual([...Array(29).fill(0), 5]);
  });

  it("is empty before the first minute has ended", () => {
    expect(seriesOf(history(row(100, { hits: 5 })), ["hits"], 100.9 * 60_000).times).toEqual([]);
  });

  it("is empty without a row", () => {
    expect(seriesOf(history(), ["hits"], Date.now()).times).toEqual([]);
  });

  it("takes quantiles over ten minutes, and forgets what is longer ago", () => {
    const { lines } = seriesOf(
      history(
        row(0, { waits: [0, 0, 3], lags: [1, 0] }),
        row(5, { waits: [97, 0, 0] }),
        row(20, { lags: [0, 1] }),
      ),
      [],
      30 * 60_000,
    );
    // What is beyond the last bound is drawn at it.
    expect(lines["waits 50"]?.slice(0, 6)).toEqual([100, 100, 100, 100, 100, 10]);
    expect(lines["waits 99"]?.[9]).toBe(100);
    expect(lines["waits 99"]?.[10]).toBe(10);
    expect(lines["waits 50"]?.[15]).toBeNull();
    expect([lines["lags 99"]?.[9], lines["lags 99"]?.[10], lines["lags 99"]?.[20]]).toEqual([
      1_000,
      null,
      1_000,
    ]);
  });

  it("takes them by the hour where a step is one", () => {
    const rows = [row(0, { waits: [1, 0, 0] }), row(60, { waits: [0, 1, 0] })];
    const { lines } = seriesOf({ ...history(...rows), stepSeconds: 3_600 }, [], 120 * 60_000);
    expect(lines["waits 50"]?.slice(-3)).toEqual([null, 10, 100]);
  });
});
