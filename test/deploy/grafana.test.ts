import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openMetrics } from "../../src/gateway/admin/open-metrics.ts";
import { STATS } from "../../src/gateway/admin/testing/stats-example.ts";
import { parseOpenMetrics } from "../../testing/open-metrics.ts";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { query: string } }[];
  };
}

/** Labels that Prometheus adds by itself. */
const ADDED = ["job", "instance"];

/** The labels of each sample's name. */
const LABELS = new Map<string, Set<string>>();
for (const { samples } of parseOpenMetrics(openMetrics(STATS)).values()) {
  for (const { name, labels } of samples) {
    const known = LABELS.get(name) ?? new Set(ADDED);
    LABELS.set(name, known);
    for (const label of labels.keys()) known.add(label);
  }
}

/** What is wrong with a query: metrics and labels that the gateway does not have. */
function faultsOf(expr: string, legend = ""): readonly string[] {
  const faults: string[] = [];
  const all = new Set<string>();
  for (const [, name = "", matchers = ""] of expr.matchAll(/\b(tidemark_\w+)(?:\{([^}]*)\})?/g)) {
    const labels = LABELS.get(name);
    // The state set's label has the name of its metric.
    if (!labels && ![...LABELS.values()].some((known) => known.has(name))) faults.push(`no metric ${name}`);
    for (const label of labels ?? []) all.add(label);
    for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g))
      if (labels && !labels.has(label)) faults.push(`${name} has no ${label}`);
  }
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
  for (const label of [...grouped, ...shown]) if (!all.has(label)) faults.push(`nothing has ${label}`);
  for (const label of shown) if (!grouped.includes(label)) faults.push(`${label} is not in the result`);
  if (LABELS.size === 0 || all.size === 0) faults.push("no metric at all");
  return faults;
}

async function dashboard(): Promise<Dashboard> {
  return JSON.parse(
    await readFile(new URL("../../deploy/grafana.json", import.meta.url), "utf8"),
  ) as Dashboard;
}

test("each query of the dashboard names metrics and labels that there are", async () => {
  const { panels, templating } = await dashboard();
  const targets = panels.flatMap(({ title, targets: own }) => own.map((target) => ({ title, ...target })));
  expect(targets.length).toBeGreaterThan(20);
  for (const { title, expr, legendFormat } of targets)
    expect(faultsOf(expr, legendFormat), title).toEqual([]);
  const variables = templating.list.flatMap(({ query }) => (typeof query === "string" ? [] : [query.query]));
  expect(variables).toHaveLength(2);
  for (const query of variables) {
    const [, name = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
    expect(LABELS.get(name)?.has(label), query).toBe(true);
  }
});

test("a query that names none is found", () => {
  expect(faultsOf('sum(rate(tidemark_read_total{job="a"}[5m]))')).not.toEqual([]);
  expect(faultsOf('sum(rate(tidemark_reads_total{tables="a"}[5m]))')).not.toEqual([]);
  expect(faultsOf("sum by (reason) (rate(tidemark_reads_total[5m]))")).not.toEqual([]);
  expect(faultsOf("sum by (table) (rate(tidemark_reads_total[5m]))", "{{outcome}}")).not.toEqual([]);
  expect(faultsOf("sum by (table) (rate(tidemark_reads_total[5m]))", "{{table}}")).toEqual([]);
});

test("each metric of the gateway is on the dashboard, but for what is rarely looked at", async () => {
  const { panels } = await dashboard();
  const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join(" ");
  const missing = [...LABELS.keys()].filter((name) => !/_(?:count|sum)$/.test(name) && !shown.includes(name));
  expect(missing).toEqual(["tidemark_kv_owed_writes", "tidemark_proven"]);
});

test("panels do not overlap, and their numbers differ", async () => {
  const { panels } = (await dashboard()) as unknown as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
