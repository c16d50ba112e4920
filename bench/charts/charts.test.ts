import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Report as GrowthReport } from "../questions/growth/report.ts";
import type { Report as HitCostReport } from "../questions/hit-cost/report.ts";
import type { Report as LobstersReport } from "../questions/workload/lobsters/report.ts";
import type { Report as RegionsReport } from "../questions/workload/regions/report.ts";
import type { Report as WorkloadReport } from "../questions/workload/report.ts";
import { CHARTS_FOLDER, drawAll, resultsOf } from "./all.ts";
import type { CaptureReport } from "./capture.ts";
import { caseTitle } from "./hit-cost.ts";
import { DARK_STYLE } from "./palette.ts";
import { logTicks } from "./scale.ts";
import { workload } from "./workload.ts";

const workloads = resultsOf<WorkloadReport>("workload");
const hits = resultsOf<HitCostReport>("hit-cost");
let charts: ReadonlyMap<string, string> = new Map();

beforeAll(async () => {
  charts = await drawAll();
});

describe("the charts in docs/charts", () => {
  it("match the results in bench/results; if not, run `npm run bench:charts`", () => {
    expect(readdirSync(CHARTS_FOLDER).sort()).toEqual([...charts.keys()].sort());
    const stale = [...charts].filter(
      ([name, svg]) => readFileSync(new URL(name, CHARTS_FOLDER), "utf8") !== svg,
    );
    expect(stale.map(([name]) => name)).toEqual([]);
  });

  it("are the same bytes each time", async () => {
    expect(await drawAll()).toEqual(charts);
  });

  it("show no invalid figure", () => {
    for (const [name, svg] of charts) expect(svg, name).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  it("have a dark counterpart for each colour", () => {
    for (const [name, svg] of charts) {
      const drawn = svg.replace(DARK_STYLE, "").match(/(fill|stroke)="(?!none)[^"]+"/g) ?? [];
      const missing = new Set(drawn.filter((colour) => !DARK_STYLE.includes(`[${colour}]`)));
      expect([...missing], name).toEqual([]);
    }
  });

  it("name every case and every ratio of what a hit costs", () => {
    for (const { kilobytes, cases, ratios } of hits.sizes.filter(({ kilobytes }) => kilobytes === 20)) {
      const titles = Object.keys(cases).map(caseTitle);
      expect(missing("hit-cost.svg", titles), `${kilobytes} KB`).toEqual([]);
      const pairs = ratios.map(({ of, to }) => `${caseTitle(of)} ÷ ${caseTitle(to)}`);
      expect(missing("hit-cost-ratios.svg", pairs)).toEqual([]);
    }
  });

  it.each(["blog", "counters"])("name every policy along the %s", (name) => {
    const policies = workloads.scenarios
      .filter(({ workload }) => workload === name)
      .flatMap(({ lanes }) => lanes.map(({ policy }) => policy));
    expect(policies).not.toEqual([]);
    expect(missing(`workload-${name}.svg`, policies)).toEqual([]);
  });

  it("name every policy along Lobsters, and in three regions", () => {
    const policies = resultsOf<LobstersReport>("lobsters").figures.lanes.map(({ policy }) => policy);
    expect(policies).not.toEqual([]);
    expect(missing("workload-lobsters.svg", policies)).toEqual([]);
    const far = resultsOf<RegionsReport>("regions").scenarios[0]?.lanes.map(({ policy }) => policy) ?? [];
    expect(far).not.toEqual([]);
    expect(missing("workload-regions.svg", far)).toEqual([]);
  });

  it("name every curve of how it grows, and every case of capture", () => {
    const curves = resultsOf<GrowthReport>("growth").curves.map(({ title }) => title);
    expect(missing("growth.svg", curves)).toEqual([]);
    const figures = resultsOf<CaptureReport>("capture").figures.map(({ name }) => name);
    expect(missing("capture.svg", figures)).toEqual([]);
  });

  function missing(chart: string, texts: readonly string[]): readonly string[] {
    const svg = charts.get(chart) ?? "";
    return texts.filter((text) => !svg.includes(`>${text}</text>`));
  }
});

describe("the choice of a scenario", () => {
  const [scenario] = workloads.scenarios.filter(({ workload }) => workload === "counters");
  const reportOf = (...shares: readonly number[]): WorkloadReport => ({
    ...workloads,
    scenarios: scenario === undefined ? [] : shares.map((writeShare) => ({ ...scenario, writeShare })),
  });

  it("takes the nearest share of writes, and the larger of two equally near", async () => {
    expect(await workload(reportOf(0.001, 0.2, 0.05), "counters", 0.1)).toContain(
      ">What does a hit buy? counters, 20 % writes<",
    );
    expect(await workload(reportOf(0.2, 0.01, 0.05), "counters", 0.04)).toContain("counters, 5 % writes<");
  });

  it("says what has not been measured", async () => {
    const absent = workload(reportOf(), "counters", 0.1);
    await expect(absent).rejects.toThrow("workload.json has no scenario of counters");
  });
});

describe("ticks of a logarithmic axis", () => {
  it("are the powers of ten, and more if there are few", () => {
    expect(logTicks(0.005, 20)).toEqual([0.01, 0.1, 1, 10]);
    expect(logTicks(120, 3_245)).toEqual([200, 500, 1_000, 2_000]);
    expect(logTicks(0.8, 5.2)).toEqual([1, 1.5, 2, 3, 5]);
  });

  it("refuse a zero", () => {
    expect(() => logTicks(0, 10)).toThrow("no place on a logarithmic axis");
  });
});
