import type { Report } from "../questions/hit-cost/report.ts";
import type { Route } from "../questions/hit-cost/supabase-js/figures.ts";
import { COLOURS } from "./palette.ts";
import { GAP, names, nameWidth, spans } from "./rows.ts";
import { printed } from "./scale.ts";
import { INNER_WIDTH, svgOf, takenOn } from "./svg.ts";

const ROUTES: Readonly<Record<Route, { readonly name: string; readonly colour: string }>> = {
  straight: { name: "straight to the API", colour: COLOURS.other },
  hit: { name: "through the gateway", colour: COLOURS.tidemark },
  sync: { name: "the same, bound 0 s", colour: COLOURS.bound0 },
};

export async function supabaseJs({ machine, at, supabaseJs }: Report): Promise<string> {
  const { routes, bytes, rounds, sliceMs } = supabaseJs;
  const rows = routes.map(({ route, readers, requestsPerSecond, milliseconds: { p50, p99 } }) => {
    const { lowerQuartile: low, median: dot, upperQuartile: high } = requestsPerSecond;
    const row = {
      name: `${ROUTES[route].name}, ${readers} ${readers === 1 ? "reader" : "readers"}`,
      colour: ROUTES[route].colour,
    };
    return {
      rate: { ...row, low, dot, high, label: printed(dot) },
      wait: { ...row, low: p50, dot: p50, ring: p99, high: p99, label: [p50, p99].map(printed).join(" · ") },
    };
  });
  const rates = rows.map(({ rate }) => rate);
  const waits = rows.map(({ wait }) => wait);
  const width = (INNER_WIDTH - nameWidth(rates)) / 2 - GAP;
  return svgOf({
    title: "What does a hit save a reader on the same machine?",
    subtitle: [
      `supabase-js, ${printed(bytes / 1_024)} KB; ${rounds} rounds of ${sliceMs} ms, no network in between`,
      takenOn(machine, at),
    ],
    columns: 3,
    spacing: GAP,
    panels: [
      names(rates),
      spans(rates, { title: "requests/s: median and quartiles", width, labelWidth: 60 }),
      spans(waits, { title: "wait, ms: ● p50 ○ p99", width, labelWidth: 90 }),
    ],
  });
}
