import { aligned, type Row, table } from "../../../harness/table.ts";
import { printed, type Spread } from "../spread.ts";
import { type Comparison, PROCESSES, type Route } from "./figures.ts";

const TITLES: Readonly<Record<Route, string>> = {
  straight: "straight",
  hit: "through the gateway",
  sync: "the same, bound 0 s",
};

export function comparisonAsMarkdown(comparison: Comparison): string {
  return [
    "## supabase-js",
    `${heading(comparison)} ${comparison.rounds} rounds of ${comparison.sliceMs} ms; median (quartiles).`,
    table(rows(comparison)),
    notes(comparison).join("\n"),
  ].join("\n\n");
}

/** The same for a terminal. */
export function comparisonAsText(comparison: Comparison): string {
  return [heading(comparison), aligned(rows(comparison)), notes(comparison).join("\n")].join("\n\n");
}

function heading({ query, bytes }: Comparison): string {
  return `supabase-js: ${query}; ${(bytes / 1_024).toFixed(0)} KB.`;
}

function rows({ routes }: Comparison): Row[] {
  return [
    ["supabase-js", "readers", "requests/s", "of straight", "p50, ms", "p99, ms", ...CPU_HEAD],
    ...routes.map(({ route, readers, requestsPerSecond, ofStraight, milliseconds, cpuMicroseconds }) => [
      TITLES[route],
      String(readers),
      requestsPerSecond.median.toFixed(0),
      printed(ofStraight),
      milliseconds.p50.toFixed(2),
      milliseconds.p99.toFixed(2),
      ...PROCESSES.map((process) => microseconds(cpuMicroseconds[process])),
    ]),
  ];
}

const CPU_HEAD = ["CPU µs a request: client", "workerd", "API", "Postgres"];

function microseconds(spread: Spread | null): string {
  return spread === null ? "–" : spread.median.toFixed(0);
}

function notes({ routes }: Comparison): string[] {
  const checked = routes.reduce((sum, route) => sum + route.checked, 0);
  const wrong = routes.filter((route) => route.wrong > 0);
  return [
    `${checked} answers checked (Cache-Status, every row), ${wrong.length === 0 ? "none wrong" : "SOME WRONG"}.`,
    ...wrong.map(
      (route) => `${TITLES[route.route]}: ${route.wrong} of ${route.checked} wrong: ${route.firstWrong}.`,
    ),
  ];
}
