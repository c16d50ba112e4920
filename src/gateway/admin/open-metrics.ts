import type { Histogram, MirrorRegionStats, TableStats } from "../../keeper/protocol/detailed-statistics.ts";
import { ANSWERED_AS } from "../../keeper/protocol/read-ends.ts";
import type { Stats } from "../../keeper/protocol/statistics.ts";

/** github.com/prometheus/OpenMetrics, specification/OpenMetrics.md, "Overall Structure". */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** What follows the family's name: `_total`, `_bucket`. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A family of metrics. */
interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "stateset";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The statistics in the text format of OpenMetrics 1.0. docs/metrics.md lists the families. */
export function openMetrics(stats: Stats): string {
  return `${familiesOf(stats).map(printed).join("")}# EOF\n`;
}

function familiesOf(stats: Stats): readonly Family[] {
  const { operations, kvBudget, lags, sumsMs } = stats;
  const tables = Object.entries(stats.tables);
  const regions = Object.entries(stats.mirrors);
  return [
    counter("reads", "Reads of tables by how they were answered", tables.flatMap(readsOf)),
    counter(
      "bypasses",
      "Reads that the origin answered without the cache, by reason",
      Object.entries(stats.bypassReasons).map(([reason, count]) => total(count, { reason })),
    ),
    counter("origin_requests", "Requests to the origin for reads", [total(operations.originRequests)]),
    counter(
      "invalidations",
      "Answers that a change or a purge has invalidated",
      tables.map(([table, { invalidations }]) => total(invalidations, { table })),
    ),
    counter("changes", "Changes that the keeper has heard of", [total(stats.changes)]),
    counter("audit_samples", "Answers compared with the origin's, with no change between them", [
      total(stats.auditRight, { result: "right" }),
      total(stats.auditDifferences, { result: "wrong" }),
    ]),
    counter("evictions", "Keys forgotten to make room", [total(stats.evictions)]),
    counter("kv_write_failures", "Writes to KV that failed", [total(stats.kvWriteFailures)]),
    counter("keeper_calls", "Calls of the keeper, and its alarms", [total(operations.keeperCalls)]),
    counter("kv_reads", "Reads of Workers KV", [total(operations.kvReads)]),
    counter("kv_writes", "Writes to Workers KV", [total(operations.kvWrites)]),
    counter("rows_read", "Rows read in the keeper's SQLite", [total(operations.rowsRead)]),
    counter("rows_written", "Rows written in the keeper's SQLite", [total(operations.rowsWritten)]),
    counter("worker_requests", "Requests that the Worker was invoked for", [
      total(operations.workerRequests),
    ]),
    histogram(
      "read_wait",
      "What readers waited for the head of an answer",
      ANSWERED_AS.map((outcome) => bucketsOf(stats.waitsBy[outcome], sumsMs.waitsBy[outcome], { outcome })),
    ),
    histogram("propagation", "From a change's statement until the keeper, and each isolate, knows of it", [
      bucketsOf(lags.pulled, sumsMs.pulled, { stage: "pulled" }),
      bucketsOf(lags.learned, sumsMs.learned, { stage: "learned" }),
    ]),
    histogram("proof_age", "How old the proofs of answers from the cache were", [
      bucketsOf(stats.proofAges, sumsMs.proofAges),
    ]),
    counter("mirror_calls", "Calls that a mirror was to answer, by how they ended", regions.flatMap(callsOf)),
    counter(
      "mirror_keeper_calls",
      "Calls that mirrors made to the keeper",
      regions.map(([region, { keeperCalls }]) => total(keeperCalls, { region })),
    ),
    histogram(
      "mirror_read_wait",
      "What readers near a mirror waited for the head of an answer",
      regions.flatMap(mirrorWaitsOf),
    ),
    {
      ...{ name: "tidemark_mirrors", type: "gauge" },
      help: "Mirrors that have reported in the last five minutes",
      samples: regions.map(([region, { mirrors }]) => ({ suffix: "", labels: { region }, value: mirrors })),
    },
    gauge("keys", "Keys that the keeper knows", stats.keys),
    gauge(
      "keeper_memory_bytes",
      "About how much memory the keys take in the keeper",
      stats.registryBytes,
      "bytes",
    ),
    gauge("kv_owed_writes", "Answers that wait to be written to KV", stats.owedKvWrites),
    gauge("kv_budget_spent", "Writes to KV since midnight, UTC", kvBudget.spent),
    gauge("kv_budget_per_day", "Writes to KV that a day may have", kvBudget.perDay),
    gauge("isolates", "Isolates that have reported in the last five minutes", stats.isolates),
    gauge("proven", "1: bounds count from commit; 0: from the arrival of a webhook", stats.proven ? 1 : 0),
    {
      name: "tidemark_mode",
      type: "stateset",
      help: "The mode in force: the stricter of the setting and what an admin has set",
      samples: (["on", "shadow", "off"] as const).map((mode) => ({
        suffix: "",
        labels: { tidemark_mode: mode },
        value: stats.mode === mode ? 1 : 0,
      })),
    },
  ];
}

function readsOf([table, { outcomes, bypasses }]: readonly [string, TableStats]): readonly Sample[] {
  const answered = Object.entries(outcomes).map(([end, count]) => {
    const [outcome = "", detail = ""] = end.split(":", 2);
    return total(count, { table, outcome, detail });
  });
  const bypassed = Object.values(bypasses).reduce((sum, count) => sum + count, 0);
  if (bypassed === 0) return answered;
  // By table and by reason there would be a time series for each pair; `bypasses` has the reasons.
  return [...answered, total(bypassed, { table, outcome: "bypass", detail: "" })];
}

type NamedRegion = readonly [region: string, stats: MirrorRegionStats];

function callsOf([region, { answered, failed, leftAlone }]: NamedRegion): readonly Sample[] {
  const ends = { answered, failed, "left-alone": leftAlone };
  return Object.entries(ends).map(([end, count]) => total(count, { region, end }));
}

function mirrorWaitsOf([region, { waitsBy, sumsMs }]: NamedRegion): readonly (readonly Sample[])[] {
  return ANSWERED_AS.flatMap((outcome) => {
    const waits = waitsBy[outcome];
    return waits ? [bucketsOf(waits, sumsMs[outcome] ?? 0, { region, outcome })] : [];
  });
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `tidemark_${name}`, type: "counter", help, samples };
}

function gauge(name: string, help: string, value: number, unit?: Family["unit"]): Family {
  return {
    ...{ name: `tidemark_${name}`, type: "gauge", help, samples: [{ suffix: "", labels: {}, value }] },
    ...(unit !== undefined && { unit }),
  };
}

function histogram(name: string, help: string, series: readonly (readonly Sample[])[]): Family {
  const samples = series.flat();
  return { name: `tidemark_${name}_seconds`, type: "histogram", unit: "seconds", help, samples };
}

function total(value: number, labels: Labels = {}): Sample {
  return { suffix: "_total", labels, value };
}

/** Buckets add up: each counts all that is at most its bound. */
function bucketsOf(classes: Histogram, sumMs: number, labels: Labels = {}): readonly Sample[] {
  let count = 0;
  const buckets = classes.map(({ atMostMs, count: own }): Sample => {
    count += own;
    const le = atMostMs === null ? "+Inf" : canonical(atMostMs / 1_000);
    return { suffix: "_bucket", labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { suffix: "_count", labels, value: count },
    { suffix: "_sum", labels, value: sumMs / 1_000 },
  ];
}

/** A bound as OpenMetrics spells floats: `1.0`, not `1`. */
function canonical(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function printed({ name, type, unit, help, samples }: Family): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}.`,
  ];
  const lines = samples.map(({ suffix, labels, value }) => `${name}${suffix}${labelled(labels)} ${value}`);
  return `${[...head, ...lines].join("\n")}\n`;
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
