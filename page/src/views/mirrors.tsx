import { readsNear } from "../../../src/gateway/mirrors/mirror-state.ts";
import type { MirrorRegionStats } from "../../../src/keeper/protocol/detailed-statistics.ts";
import { count, share } from "../figures/format.ts";
import { quantileInWords } from "../figures/histogram.ts";
import { Panel } from "../parts/figures.tsx";
import { Table } from "../parts/table.tsx";

interface MirrorsProps {
  /** By region. Undefined: this keeper does not tell. */
  readonly regions: Readonly<Record<string, MirrorRegionStats>> | undefined;
}

/** What the mirrors of each region have answered, and how their readers fared. Nothing where there are none. */
export function Mirrors({ regions = {} }: MirrorsProps) {
  const rows = Object.entries(regions);
  if (rows.length === 0) return null;
  return (
    <Panel title="Mirrors" note="in regions of Cloudflare's; reads are those near a mirror">
      <Table
        caption="Mirrors by region"
        rows={rows}
        keyOf={([region]) => region}
        columns={[
          { name: "Region", cell: ([region]) => region },
          { name: "Mirrors", isFigure: true, cell: ([, { mirrors }]) => count(mirrors) },
          { name: "Answered", isFigure: true, cell: ([, { answered }]) => count(answered) },
          { name: "Failed", isFigure: true, cell: ([, { failed }]) => count(failed) },
          { name: "Left alone", isFigure: true, cell: ([, { leftAlone }]) => count(leftAlone) },
          { name: "Keeper calls", isFigure: true, cell: ([, { keeperCalls }]) => count(keeperCalls) },
          { name: "Reads", isFigure: true, cell: ([, { waitsBy }]) => count(readsNear(waitsBy).reads) },
          {
            name: "Hit ratio",
            isFigure: true,
            cell: ([, { waitsBy }]) => {
              const { hits, reads } = readsNear(waitsBy);
              return share(hits, reads);
            },
          },
          {
            name: "Hit waited, p99",
            isFigure: true,
            cell: ([, { waitsBy }]) => quantileInWords(waitsBy.hit, 0.99),
          },
          {
            name: "Miss waited, p99",
            isFigure: true,
            cell: ([, { waitsBy }]) => quantileInWords(waitsBy.miss, 0.99),
          },
        ]}
      />
    </Panel>
  );
}
