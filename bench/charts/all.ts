import { readFileSync } from "node:fs";
import type { Report as GrowthReport } from "../questions/growth/report.ts";
import type { Report as HitCostReport } from "../questions/hit-cost/report.ts";
import type { Report as LobstersReport } from "../questions/workload/lobsters/report.ts";
import type { Report as RegionsReport } from "../questions/workload/regions/report.ts";
import type { Report as WorkloadReport } from "../questions/workload/report.ts";
import { type CaptureReport, capture } from "./capture.ts";
import { growth } from "./growth.ts";
import { hitCost, hitCostRatios } from "./hit-cost.ts";
import { type InvalidationReport, invalidation } from "./invalidation.ts";
import { supabaseJs } from "./supabase-js.ts";
import { lobsters, regions, workload } from "./workload.ts";

export const CHARTS_FOLDER = new URL("../../docs/charts/", import.meta.url);

/** Every chart by its file's name in docs/charts, drawn from bench/results. */
export async function drawAll(): Promise<ReadonlyMap<string, string>> {
  const hits = resultsOf<HitCostReport>("hit-cost");
  const workloads = resultsOf<WorkloadReport>("workload");
  return new Map([
    ["hit-cost.svg", await hitCost(hits)],
    ["hit-cost-ratios.svg", await hitCostRatios(hits)],
    ["supabase-js.svg", await supabaseJs(hits)],
    ["workload-blog.svg", await workload(workloads, "blog", 0.05)],
    ["workload-counters.svg", await workload(workloads, "counters", 0.1)],
    ["workload-lobsters.svg", await lobsters(resultsOf<LobstersReport>("lobsters"))],
    ["workload-regions.svg", await regions(resultsOf<RegionsReport>("regions"), "lobsters", 0.01)],
    ["invalidation.svg", await invalidation(resultsOf<InvalidationReport>("invalidation"))],
    ["growth.svg", await growth(resultsOf<GrowthReport>("growth"))],
    ["capture.svg", await capture(resultsOf<CaptureReport>("capture"))],
  ]);
}

/** What a bench wrote with `--write`. */
export function resultsOf<Report>(name: string): Report {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), "utf8")) as Report;
}
