import { expect, test } from "vitest";
import { parseOpenMetrics } from "../../../testing/open-metrics.ts";
import { openMetrics } from "./open-metrics.ts";
import { STATS } from "./testing/stats-example.ts";

test("a strict parser reads it, and finds what was counted", () => {
  const families = parseOpenMetrics(openMetrics(STATS));
  const sampled = (name: string, labels: Record<string, string> = {}, sample = `${name}_total`) =>
    families
      .get(name)
      ?.samples.find(
        (each) =>
          each.name === sample &&
          JSON.stringify([...each.labels].sort()) === JSON.stringify(Object.entries(labels).sort()),
      )?.value;
  const table = "public.articles";
  expect(sampled("tidemark_reads", { table, outcome: "hit", detail: "memory" })).toBe(6);
  expect(sampled("tidemark_reads", { table, outcome: "bypass", detail: "" })).toBe(1);
  expect(sampled("tidemark_bypasses", { reason: "table-not-configured" })).toBe(2);
  expect(sampled("tidemark_invalidations", { table })).toBe(3);
  expect(sampled("tidemark_audit_samples", { result: "right" })).toBe(8);
  expect(sampled("tidemark_kv_budget_per_day", {}, "tidemark_kv_budget_per_day")).toBe(1_000);
  expect(sampled("tidemark_mode", { tidemark_mode: "shadow" }, "tidemark_mode")).toBe(1);
  const wait = "tidemark_read_wait_seconds";
  expect(sampled(wait, { outcome: "miss", le: "0.01" }, `${wait}_bucket`)).toBe(2);
  expect(sampled(wait, { outcome: "hit" }, `${wait}_count`)).toBe(6);
  expect(sampled(wait, { outcome: "error" }, `${wait}_sum`)).toBe(1);
  const calls = "tidemark_mirror_calls";
  expect(sampled(calls, { region: "weur", end: "answered" })).toBe(40);
  expect(sampled(calls, { region: "weur", end: "failed" })).toBe(3);
  expect(sampled(calls, { region: "weur", end: "left-alone" })).toBe(5);
  expect(sampled("tidemark_mirror_keeper_calls", { region: "weur" })).toBe(6);
  expect(sampled("tidemark_mirrors", { region: "weur" }, "tidemark_mirrors")).toBe(2);
  const near = "tidemark_mirror_read_wait_seconds";
  expect(sampled(near, { region: "weur", outcome: "hit" }, `${near}_count`)).toBe(4);
  expect(sampled(near, { region: "weur", outcome: "miss" }, `${near}_sum`)).toBe(0.15);
  // What did not occur has no series.
  expect(families.get(near)?.samples.filter(({ labels }) => labels.get("region") === "oc")).toEqual([]);
  const reads = families.get("tidemark_reads")?.samples.reduce((sum, { value }) => sum + value, 0);
  expect(reads).toBe(13);
});

test("the name of a table may hold anything", () => {
  const [only] = Object.values(STATS.tables);
  const name = 'public.a"b\\c\nd{e="f"} 7 # EOF é';
  const families = parseOpenMetrics(openMetrics({ ...STATS, tables: { [name]: only as never } }));
  expect(families.get("tidemark_reads")?.samples[0]?.labels.get("table")).toBe(name);
});

test("a site on which nothing has happened has metrics as well", () => {
  const families = parseOpenMetrics(openMetrics({ ...STATS, tables: {}, bypassReasons: {}, mirrors: {} }));
  expect(families.get("tidemark_reads")?.samples).toEqual([]);
  expect(families.size).toBeGreaterThan(20);
});
