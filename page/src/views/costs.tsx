import { costAtPace, LEAST_COUNTED_MS } from "../../../src/cost/cost.ts";
import type { KnownStats } from "../api/types.ts";
import { count, dayAndTime, dollars, share } from "../figures/format.ts";
import { Figure, Figures, Panel } from "../parts/figures.tsx";
import { Table } from "../parts/table.tsx";

interface CostsProps {
  readonly stats: KnownStats;
  /** When these were loaded, in epoch milliseconds. */
  readonly at: number;
}

export function Costs({ stats: { operations, kvBudget, since }, at }: CostsProps) {
  const elapsedMs = at - Date.parse(since);
  if (operations === undefined) return null;
  if (elapsedMs < LEAST_COUNTED_MS) {
    return (
      <Panel title="Costs">
        <p class="muted">Counted for less than five minutes, which is too little to say what a day costs.</p>
      </Panel>
    );
  }
  const cost = costAtPace({ operations, kvBudget }, elapsedMs);
  return (
    <Panel
      title="Costs"
      note={`At the pace since ${dayAndTime(since)}, by Cloudflare's prices of ${cost.asOf}`}
    >
      <Figures label="Costs">
        <Figure
          label="A day"
          value={dollars(cost.dollarsPerDay)}
          note="if nothing were included in the plan"
        />
        <Figure
          label="A month"
          value={dollars(cost.dollarsPerMonth)}
          note={
            cost.fitsFree
              ? "on the Paid plan; it fits into the Free plan"
              : "on the Paid plan, the plan included"
          }
        />
      </Figures>
      <Table
        caption="Costs by what is metered"
        rows={cost.lines}
        keyOf={({ meter }) => meter}
        columns={[
          { name: "Metered", cell: ({ label }) => label },
          { name: "A day", isFigure: true, cell: (line) => count(Math.round(line.perDay)) },
          { name: "Free plan", isFigure: true, cell: ({ ofFree }) => share(ofFree, 1) },
          { name: "$ a day", isFigure: true, cell: (line) => dollars(line.dollarsPerDay) },
        ]}
      />
    </Panel>
  );
}
