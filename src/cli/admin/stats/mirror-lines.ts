import { mirrorState, readsNear } from "../../../gateway/mirrors/mirror-state.ts";
import type { ShownDeployment } from "../../command/deployed-shape.ts";
import type { Paint } from "../../print/paint.ts";
import { countOf, percentOf } from "../../print/quantities.ts";
import { type Column, printable, tableLines } from "../../print/table.ts";
import { quantileOf } from "./quantile.ts";
import type { ShownRegion, ShownStats } from "./stats-shape.ts";

/**
 * How the mirrors do, in one line and by region. Of a gateway that has none, and needs none, nothing is said.
 *
 * @param deployed undefined: the gateway does not tell
 * @param elapsedMs how long it has counted
 */
export function mirrorLines(
  stats: ShownStats,
  deployed: ShownDeployment | undefined,
  elapsedMs: number,
  paint: Paint,
): readonly string[] {
  const { isolates, mirrors = {}, hits, stale, misses } = stats;
  const regions = Object.entries(mirrors).map(([region, calls]) => ({ region, ...calls }));
  const table = regions.length === 0 ? [] : ["", ...tableLines(regions, REGIONS, paint)];
  if (deployed === undefined) return table;
  const seen = { isolates, mirrors: stats.mirrors, reads: hits + stale + misses, elapsedMs };
  const { state, says, fix } = mirrorState(deployed, seen);
  if (state === "well" && deployed.mirrors === null) return table;
  const line = state === "well" ? says : paint("yellow", says);
  return ["", line, ...(fix === undefined ? [] : [paint("dim", `  ${printable(fix)}`)]), ...table];
}

type RegionRow = ShownRegion & { readonly region: string };

const number = (title: string, of: (region: RegionRow) => number): Column<RegionRow> => ({
  title,
  text: (region) => countOf(of(region)),
  align: "right",
});

const REGIONS: readonly Column<RegionRow>[] = [
  { title: "region", text: ({ region }) => printable(region) },
  number("mirrors", ({ mirrors }) => mirrors),
  number("answered", ({ answered }) => answered),
  number("failed", ({ failed }) => failed),
  number("left alone", ({ leftAlone }) => leftAlone),
  number("keeper calls", ({ keeperCalls }) => keeperCalls),
  number("reads", ({ waitsBy }) => readsNear(waitsBy).reads),
  {
    title: "hit ratio",
    text: ({ waitsBy }) => {
      const { hits, reads } = readsNear(waitsBy);
      return reads === 0 ? "-" : percentOf(hits / reads);
    },
    align: "right",
  },
  {
    title: "waited, p99",
    text: ({ waitsBy }) =>
      Object.entries(waitsBy)
        .map(([answeredAs, waits]) => `${printable(answeredAs)} ${quantileOf(waits, 0.99)}`)
        .join(", "),
    colour: () => "dim",
  },
];
