import type { ShownDeployment } from "../../command/deployed-shape.ts";
import type { Colour, Paint } from "../../print/paint.ts";
import { bytesOf, countedOf, countOf, durationOf, percentOf } from "../../print/quantities.ts";
import { type Column, printable, tableLines } from "../../print/table.ts";
import { mirrorLines } from "./mirror-lines.ts";
import { quantileOf } from "./quantile.ts";
import type { ShownHistogram, ShownStats, ShownTable } from "./stats-shape.ts";

interface Shown {
  readonly stats: ShownStats;
  /** Undefined: the gateway does not tell. */
  readonly deployed?: ShownDeployment | undefined;
  /** Its address. */
  readonly gateway: string;
  readonly now: Date;
}

/** Counters for people: what was read and how, what of it reached the database, changes, mirrors, and each table. */
export function statsLines({ stats, deployed, gateway, now }: Shown, paint: Paint): readonly string[] {
  const elapsed = Math.max(0, now.getTime() - Date.parse(stats.since));
  const mode = paint(stats.mode === "on" ? "green" : "yellow", `mode ${stats.mode}`);
  return [
    `${paint("bold", printable(gateway))}  ${mode}  since ${stats.since.slice(0, 16).replace("T", " ")} UTC (${durationOf(elapsed)})`,
    "",
    ...tableLines(readsOf(stats), READS, paint),
    "",
    ...tableLines(factsOf(stats), FACTS, paint).slice(1),
    ...mirrorLines(stats, deployed, elapsed, paint),
    ...tablesOf(stats, paint),
  ];
}

/** One line of what went on between two answers, which lie so many milliseconds apart. */
export function paceLine(before: ShownStats, after: ShownStats, elapsedMs: number): string {
  const pace = (
    field: "hits" | "stale" | "misses" | "bypasses" | "errors" | "originRequests" | "changes",
  ) => {
    const each = Math.max(0, after[field] - before[field]);
    return ((each * 1_000) / Math.max(1, elapsedMs)).toFixed(1);
  };
  const fields = ["hits", "stale", "misses", "bypasses", "errors"] as const;
  return `a second: ${fields.map((field) => `${pace(field)} ${field}`).join(", ")}; ${pace("originRequests")} to the database; ${pace("changes")} changes`;
}

interface Outcome {
  readonly name: string;
  readonly count: number;
  readonly share: number | null;
  readonly details: string;
  readonly colour: Colour;
}

const READS: readonly Column<Outcome>[] = [
  { title: "reads", text: ({ name }) => name, colour: ({ colour }) => colour },
  { title: "", text: ({ count }) => countOf(count), align: "right" },
  { title: "", text: ({ share }) => (share === null ? "" : percentOf(share)), align: "right" },
  { title: "", text: ({ details }) => details, colour: () => "dim" },
];

function readsOf(stats: ShownStats): readonly Outcome[] {
  const { hits, stale, misses, bypasses, errors, details = {}, bypassReasons = {} } = stats;
  const all = allReads(stats);
  const row = (
    name: string,
    count: number,
    colour: Colour,
    named: Readonly<Record<string, number>> = {},
  ) => ({
    name,
    count,
    share: all === 0 ? null : count / all,
    details: largest(named),
    colour: count === 0 ? ("dim" as const) : colour,
  });
  const only = (...names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, details[name] ?? 0]));
  return [
    row("hits", hits, "green", only("memory", "verified", "colo", "kv", "keeper")),
    row("stale", stale, "green", only("revalidating", "stale-while-revalidate", "stale-if-error")),
    row("misses", misses, "yellow", only("uri-miss", "stale", "collapsed")),
    row("bypasses", bypasses, "plain", bypassReasons),
    row("errors", errors, "red", only("unreachable", "timeout")),
    { ...row("all", all, "bold"), details: all === 0 ? "" : `hit ratio ${percentOf(stats.hitRatio)}` },
  ];
}

interface Fact {
  readonly name: string;
  readonly text: string;
  readonly isWrong?: boolean;
}

const FACTS: readonly Column<Fact>[] = [
  { title: "", text: ({ name }) => name },
  { title: "", text: ({ text }) => text, colour: ({ isWrong }) => (isWrong ? "red" : "plain") },
];

function factsOf(stats: ShownStats): readonly Fact[] {
  const { kvBudget: budget, waits, waitsBy, proofAges, lags } = stats;
  const saved = Math.max(0, allReads(stats) - stats.originRequests);
  const kvWrites = countedOf(stats.kvWrites, "write");
  const spread = (histogram: ShownHistogram) =>
    `p50 ${quantileOf(histogram, 0.5)}, p99 ${quantileOf(histogram, 0.99)}`;
  const spent = budget && `, ${countOf(budget.spent)} of ${countOf(budget.perDay)} a day spent`;
  const facts: Fact[] = [
    { name: "database", text: `${countedOf(stats.originRequests, "request")}, ${countOf(saved)} saved` },
    changesOf(stats),
    {
      name: "queries",
      text: `${countOf(stats.keys)} known, ${bytesOf(stats.registryBytes)} of memory, ${countOf(stats.evictions)} forgotten`,
    },
    ...(waits === undefined ? [] : [{ name: "readers waited", text: `${spread(waits)}${waitsIn(waitsBy)}` }]),
    ...(proofAges === undefined ? [] : [{ name: "age of proofs", text: spread(proofAges) }]),
    ...(stats.pulling === null ? [] : [{ name: "commit to isolate", text: spread(lags.learned) }]),
    {
      name: "Workers KV",
      text: `${countedOf(stats.kvReads, "read")}, ${kvWrites}, ${countOf(stats.owedKvWrites)} waiting${spent ?? ""}`,
    },
    {
      name: "audit",
      text: `${countOf(stats.audits)} asked again, ${countOf(stats.auditDifferences)} differed`,
      isWrong: stats.auditDifferences > 0,
    },
  ];
  if (stats.shadowReads > 0) {
    const text = `${countOf(stats.shadowReads)} hits compared, ${countOf(stats.shadowWrong)} would have been wrong`;
    facts.push({ name: "shadow mode", text, isWrong: stats.shadowWrong > 0 });
  }
  return facts;
}

/** ` (hit ≤ 1 ms, miss ≤ 500 ms, bypass ≤ 200 ms)`: where 99 of 100 end of each that occurred. */
function waitsIn(waitsBy: ShownStats["waitsBy"] = {}): string {
  const told = Object.entries(waitsBy)
    .filter(([, waits]) => waits.some(({ count }) => count > 0))
    .map(([answeredAs, waits]) => `${answeredAs} ${quantileOf(waits, 0.99)}`);
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}

function changesOf({ changes, invalidations, pulling, proven, schemaState }: ShownStats): Fact {
  const name = "changes";
  // Purges count, too, so it is not said that changes did all of it.
  const counted = `${countOf(changes)}; ${countedOf(invalidations, "invalidation")}`;
  const failure = pulling?.failure ?? pulling?.pruneFailure;
  if (pulling?.isFailing || failure) {
    const why = failure ? `${failure.code}: ${printable(failure.message)}` : "a pull hangs";
    return { name, text: `${counted}; failing: ${why}`, isWrong: true };
  }
  if (pulling === null) return { name, text: `${counted}; from webhooks, schema ${schemaState}` };
  const last = pulling.lastAgo === null ? "not yet" : `${durationOf(pulling.lastAgo)} ago`;
  return { name, text: `${counted}; pulled ${last}${proven ? "" : ", not proven"}`, isWrong: !proven };
}

function tablesOf({ tables }: ShownStats, paint: Paint): readonly string[] {
  const rows = Object.entries(tables ?? {}).map(([name, table]) => ({
    name,
    table,
    reads: allReads({ ...table, bypasses: bypassesOf(table) }),
  }));
  if (rows.length === 0) return [];
  const number = (title: string, of: (table: ShownTable) => number): Column<(typeof rows)[number]> => ({
    title,
    text: ({ table }) => countOf(of(table)),
    align: "right",
  });
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: "table", text: ({ name }) => name },
    number("hits", ({ hits }) => hits),
    number("stale", ({ stale }) => stale),
    number("misses", ({ misses }) => misses),
    number("bypasses", bypassesOf),
    number("errors", ({ errors }) => errors),
    { title: "hit ratio", text: ({ table, reads }) => ratioOf(table, reads), align: "right" },
    number("invalidations", ({ invalidations }) => invalidations),
    { title: "why not cached", text: ({ table }) => largest(table.bypasses), colour: () => "dim" },
  ];
  return [
    "",
    ...tableLines(
      rows.sort((a, b) => b.reads - a.reads),
      columns,
      paint,
    ),
  ];
}

function bypassesOf({ bypasses }: ShownTable): number {
  return Object.values(bypasses).reduce((sum, count) => sum + count, 0);
}

type ByOutcome = Pick<ShownStats, "hits" | "stale" | "misses" | "bypasses" | "errors">;

function allReads({ hits, stale, misses, bypasses, errors }: ByOutcome): number {
  return hits + stale + misses + bypasses + errors;
}

function ratioOf({ hits, stale }: ShownTable, reads: number): string {
  return reads === 0 ? "-" : percentOf((hits + stale) / reads);
}

/** `memory 9,000, kv 12`: the few largest that are not zero. */
function largest(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  const ranked = named.sort(([, a], [, b]) => b - a).slice(0, 4);
  return ranked.map(([name, count]) => `${name} ${countOf(count)}`).join(", ");
}
