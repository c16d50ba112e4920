import { expect, test } from "vitest";
import { besideAsText, besideFigures } from "./beside-report.ts";
import { CASE_NAMES, type CaseName } from "./cases.ts";
import { type Figures, figuresOf } from "./figures.ts";
import type { Round, Slice } from "./measure.ts";
import { asText, verdicts } from "./report.ts";

/** A slice of one second in which so many requests were answered, each of which took a whole CPU's share of it. */
function slice(answers: number, rest: Partial<Slice> = {}): Slice {
  return {
    answers,
    elapsedMs: 1_000,
    checked: answers,
    wrong: 0,
    firstWrong: null,
    serverCpuMs: 1_000,
    generatorShare: 0.5,
    keeper: { syncs: 0, fills: 0 },
    ...rest,
  };
}

/** All cases alike, but for those named; a machine that is slower by `pace` answers fewer of each. */
function round(pace: number, answers: Partial<Record<CaseName, number>> = {}): Round {
  const slices = CASE_NAMES.map((name) => [name, slice((answers[name] ?? 1_000) * pace)]);
  return Object.fromEntries(slices) as unknown as Round;
}

function ratio(figures: Figures, of: CaseName, to: CaseName) {
  const found = figures.ratios.find((each) => each.of === of && each.to === to);
  if (found === undefined) throw new Error(`no ratio of ${of} to ${to}`);
  return found;
}

test("a ratio is taken within a round, so a machine that slows down between rounds changes none", () => {
  const hits = { memory: 900, map: 1_000 };
  const { requestsPerSecond, byCpu } = ratio(
    figuresOf(20, [round(1, hits), round(0.1, hits), round(0.5, hits)]),
    "memory",
    "map",
  );
  for (const spread of [requestsPerSecond, byCpu]) {
    expect(spread?.min).toBeCloseTo(0.9);
    expect(spread?.max).toBeCloseTo(0.9);
  }
});

test("the median of the rounds counts, and the quartiles show their spread", () => {
  const rounds = [800, 1_000, 900, 100, 950].map((memory) => round(1, { memory }));
  const { requestsPerSecond } = ratio(figuresOf(20, rounds), "memory", "map");
  expect(requestsPerSecond).toEqual({
    min: 0.1,
    lowerQuartile: 0.8,
    median: 0.9,
    upperQuartile: 0.95,
    max: 1,
  });
});

test("both targets of 20 KB are 0.95: a ratio that reaches it meets it, a lower one misses it, and both are reported", () => {
  const sentences = verdicts([figuresOf(20, [round(1, { memory: 950, kv: 949, tutorial: 300 })])]);
  expect(sentences).toContain("met at 20 KB: memory hit ÷ bare Map is 0.950, the target is 0.95");
  expect(sentences).toContain("MISSED at 20 KB: KV hit ÷ bare KV.get is 0.949, the target is 0.95");
});

test("other sizes have no targets, and a run without 20 KB says so", () => {
  const figures = figuresOf(500, [round(1, { memory: 1, kv: 1 })]);
  expect(figures.ratios.every(({ target, met }) => target === null && met === null)).toBe(true);
  expect(verdicts([figures])).toEqual(["The targets are for 20 KB."]);
});

test("cases with one connection are compared with the constant Worker over one connection", () => {
  const { cases } = figuresOf(20, [
    round(1, { constant: 10_000, constantAlone: 4_000, sync: 1_000, fill: 500 }),
  ]);
  expect(cases.sync.ofConstant.median).toBe(0.25);
  expect(cases.fill.ofConstant.median).toBe(0.05);
});

test("syncs and fills a read are those of all rounds, by the answers that were checked", () => {
  const shared = (syncs: number) => ({
    ...round(1),
    syncShared: slice(1_000, { checked: 2_000, keeper: { syncs, fills: 0 } }),
  });
  expect(figuresOf(20, [shared(100), shared(300)]).cases.syncShared.syncsPerRead).toBe(0.1);
});

test("one round without CPU time leaves the column empty, and the rest as it is", () => {
  const unknown = { ...round(1), map: slice(1_000, { serverCpuMs: null }) };
  const figures = figuresOf(20, [round(1), unknown]);
  expect(figures.cases.map.cpuMicroseconds).toBeNull();
  expect(ratio(figures, "memory", "map").byCpu).toBeNull();
  expect(ratio(figures, "memory", "map").requestsPerSecond.median).toBe(1);
});

test("wrong answers, a busy machine and a busy generator are reported below the figures", () => {
  const wrong = slice(1_000, { wrong: 3, firstWrong: "status 500, not 200", generatorShare: 0.95 });
  const text = asText(figuresOf(20, [round(1), round(0.2), round(2), { ...round(1), memory: wrong }]));
  expect(text).toContain("memory hit: 3 of 4200 wrong: status 500, not 200.");
  expect(text).toContain("the machine was not quiet");
  const busy = asText(figuresOf(20, [{ ...round(1), memory: wrong }]));
  expect(busy).toContain("memory hit: the load generator used 95 % of a core");
});

test("a hit beside another checkout's is judged by CPU within a round: 0.98 of before is met, less is not", () => {
  const rounds = (now: number, before: number) => [
    { now: slice(1_000, { serverCpuMs: now }), before: slice(500, { serverCpuMs: before / 2 }) },
    { now: slice(100, { serverCpuMs: now / 2 }), before: slice(50, { serverCpuMs: before / 4 }) },
  ];
  const [same, longer] = [besideFigures(1, rounds(100, 98)), besideFigures(20, rounds(100, 97))];
  expect([same.met, longer.met]).toEqual([true, false]);
  expect(same.byCpu?.min).toBeCloseTo(0.98);
  expect(same.ofRequests.median).toBe(2);
  const unknown = rounds(1, 1).map(({ now, before }) => ({ now: { ...now, serverCpuMs: null }, before }));
  expect(besideFigures(1, unknown).met).toBeNull();
  expect(besideAsText([same, longer])).toMatch(/^1 .* met$[\s\S]*^20 .* MISSED$/m);
});
