import { describe, expect, it } from "vitest";
import { ago, bytes, count, dollars, duration, plural, rate, share, UNKNOWN } from "./format.ts";
import { againstBound, className, histogramOf, quantile, quantileInWords, totalOf } from "./histogram.ts";
import { correctness, percent } from "./nines.ts";
import { perSecond, readsOf, type Sample, withSample } from "./rates.ts";

describe("figures in words", () => {
  it.each([
    [rate(undefined), UNKNOWN],
    [rate(0), "0"],
    [rate(0.004), "< 0.01"],
    [rate(0.25), "0.25"],
    [rate(12.34), "12.3"],
    [rate(4_321), "4,321"],
    [count(undefined), UNKNOWN],
    [count(1_234_567), "1,234,567"],
    [share(0, 0), UNKNOWN],
    [share(0, 9), "0.0 %"],
    [share(9, 9), "100.0 %"],
    // Neither none nor all, so it must not look like that.
    [share(1, 1_000_000), "< 0.1 %"],
    [share(999_999, 1_000_000), "> 99.9 %"],
    [duration(0), "0 ms"],
    [duration(999), "999 ms"],
    [duration(1_500), "1.5 s"],
    [duration(90_000), "1.5 min"],
    [duration(7_200_000), "2 h"],
    [duration(172_800_000), "2 d"],
    [ago(400), "now"],
    [ago(61_000), "1 min ago"],
    [bytes(999), "999 B"],
    [bytes(1_500), "1.5 kB"],
    [bytes(20_000_000), "20 MB"],
    [dollars(0), "$0.00"],
    [dollars(0.004), "< $0.01"],
    [dollars(1_234.5), "$1,234.50"],
    [plural(1, "query", "queries"), "1 query"],
    [plural(2, "finding"), "2 findings"],
  ])("%s", (told, expected) => expect(told).toBe(expected));
});

describe("histograms", () => {
  const ages = histogramOf([10, 100, null], [50, 49, 1]);

  it("say where a share ends, and no more than the class", () => {
    expect(totalOf(ages)).toBe(100);
    expect([0.5, 0.99, 1].map((part) => quantile(ages, part))).toEqual([10, 100, null]);
    expect([0.5, 0.99, 1].map((part) => quantileInWords(ages, part))).toEqual([
      "≤ 10 ms",
      "≤ 100 ms",
      "> 100 ms",
    ]);
    expect(ages.map((_, index) => className(ages, index))).toEqual(["≤ 10 ms", "≤ 100 ms", "> 100 ms"]);
  });

  it("say nothing where there is nothing", () => {
    expect(quantile(histogramOf([10, null], []), 0.5)).toBeUndefined();
    expect([quantileInWords([], 0.5), quantileInWords(undefined, 0.5)]).toEqual([UNKNOWN, UNKNOWN]);
  });

  it("accuse nobody whose class has the bound in it", () => {
    const upTo = (...counts: number[]) => histogramOf([100, 1_000, null], counts);
    expect(againstBound(upTo(), 400)).toBe("none");
    expect(againstBound(upTo(3), 400)).toBe("within");
    expect(againstBound(upTo(3, 1), 400)).toBe("around");
    expect(againstBound(upTo(3, 1), 1_000)).toBe("within");
    expect(againstBound(upTo(3, 0, 1), 400)).toBe("over");
    expect(againstBound(upTo(0, 1), 100)).toBe("over");
  });
});

describe("rates", () => {
  const zero = { hits: 0, stale: 0, misses: 0, bypasses: 0, errors: 0 };
  const at = (seconds: number, hits: number, since = "then"): Sample => ({
    at: seconds * 1_000,
    stats: { ...zero, hits, since },
  });
  const after = (...samples: Sample[]) => samples.reduce<readonly Sample[]>(withSample, []);

  it("need two samples", () => {
    expect(perSecond([], "hits")).toBeUndefined();
    expect(perSecond(after(at(0, 5)), "hits")).toBeUndefined();
    expect(perSecond(after(at(0, 5), at(10, 25)), "hits")).toBe(2);
    expect(perSecond(after(at(0, 5), at(10, 25)), "misses")).toBe(0);
    expect(perSecond(after(at(0, 5), at(10, 25)), "misses", "hits")).toBe(2);
  });

  it("look back a minute, as the counts of isolates come in lumps", () => {
    const samples = after(...Array.from({ length: 40 }, (_, n) => at(n * 5, n < 20 ? 0 : (n - 20) * 10)));
    expect(samples.length).toBeLessThanOrEqual(14);
    expect(perSecond(samples, "hits")).toBe(2);
  });

  it("begin again after a reset", () => {
    expect(perSecond(after(at(0, 500), at(5, 600), at(10, 3, "now")), "hits")).toBeUndefined();
    expect(perSecond(after(at(0, 500), at(5, 2)), "hits")).toBeUndefined();
  });

  it("count every read once", () => {
    expect(readsOf({ hits: 1, stale: 2, misses: 4, bypasses: 8, errors: 16 })).toBe(31);
  });
});

describe("correctness", () => {
  it("is the rule of three while nothing was wrong", () => {
    expect(correctness(0, 0)).toBeNull();
    const known = correctness(3_000, 0);
    expect(known?.seen).toBe(1);
    expect(known?.atLeast).toBeCloseTo(1 - 2.9957 / 3_000, 6);
    expect(known?.nines).toBeCloseTo(3, 1);
  });

  it("gets worse with each wrong one, by the Poisson bound", () => {
    // Tables of the 95 % upper limit: 4.744 for one event, 6.296 for two.
    expect(correctness(999, 1)?.atLeast).toBeCloseTo(1 - 4.744 / 1_000, 5);
    expect(correctness(998, 2)?.atLeast).toBeCloseTo(1 - 6.296 / 1_000, 5);
    expect(correctness(0, 5)).toMatchObject({ seen: 0, atLeast: 0, nines: 0 });
    expect(correctness(99_000, 1_000)?.atLeast).toBeCloseTo(1 - 1_053.7 / 100_000, 3);
  });

  it("claims nothing of one sample", () => {
    expect(correctness(1, 0)?.nines).toBe(0);
  });

  it.each([
    [1, "100 %"],
    [0.5, "50.0 %"],
    [0.9999, "99.99 %"],
    [0.99937, "99.93 %"],
    [0.999_999_9, "99.99999 %"],
  ])("%f is %s, and never rounded up", (part, told) => expect(percent(part)).toBe(told));
});
