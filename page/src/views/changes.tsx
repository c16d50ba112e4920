import { useCallback } from "preact/hooks";
import type { RecentChange, RecentChanges } from "../../../src/keeper/protocol/recent-changes.ts";
import { usePoll } from "../api/poll.ts";
import type { Desktop } from "../desktop.ts";
import { clockTime, count, dayAndTime, duration, UNKNOWN } from "../figures/format.ts";
import { Panel } from "../parts/figures.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { ruleInWords } from "./reasons.ts";

const EVERY_MS = 5_000;

export function ChangesView({ api, isPaused }: Desktop) {
  const load = useCallback(() => api.get<RecentChanges>("changes"), [api]);
  const { value, error } = usePoll(load, { everyMs: EVERY_MS, isPaused });
  if (value === undefined) return error ? <Trouble error={error} /> : <Loading what="the changes" />;
  const rows = value.changes.map((change, index) => ({ ...change, index }));
  return (
    <>
      <Trouble error={error} />
      <Panel title="The last hundred changes" note="Since the keeper started, newest first">
        {rows.length === 0 ? (
          <Empty>None yet. A change of a table that some answer depends on appears here.</Empty>
        ) : (
          <Table
            caption="The last hundred changes"
            rows={rows}
            keyOf={({ index, at }) => `${at} ${rows.length - index}`}
            details={(change) => <Details change={change} />}
            columns={[
              {
                name: "At",
                cell: ({ at }) => (
                  <time dateTime={at} title={dayAndTime(at)}>
                    {clockTime(at)}
                  </time>
                ),
              },
              { name: "Table", cell: ({ relation }) => relation ?? "everything" },
              { name: "Operation", cell: ({ operation }) => <code>{operation}</code> },
              { name: "Row", cell: ({ row }) => <code>{rowInWords(row)}</code> },
              {
                name: "Lag",
                isFigure: true,
                cell: ({ lagMs, relation }) =>
                  lagMs !== null ? duration(lagMs) : relation === null ? UNKNOWN : "webhook",
              },
              { name: "Invalidated", isFigure: true, cell: ({ invalidated }) => count(invalidated) },
              { name: "Rule", cell: ({ rule }) => (rule === null ? <span class="muted">none</span> : rule) },
            ]}
          />
        )}
      </Panel>
    </>
  );
}

function rowInWords(row: RecentChange["row"]): string {
  if (row === null) return UNKNOWN;
  return Object.entries(row)
    .map(([column, value]) => `${column}=${value}`)
    .join(" ");
}

function Details({
  change: { queries, invalidated, rule, row, operation },
}: {
  readonly change: RecentChange;
}) {
  return (
    <>
      <p>
        {rule === null
          ? "It leaves every registered query alone."
          : `Invalidated ${count(invalidated)}, because ${ruleInWords(rule)}.`}
        {operation === "FLUSH" &&
          " A flush is no change of a row: the keeper has begun anew, the schema has changed, or a table was emptied."}
        {row === null &&
          operation !== "FLUSH" &&
          " The row is not shown: its key is unknown, or what readers see of the table depends on who they are."}
      </p>
      {queries.length > 0 && (
        <ul class="plain">
          {queries.map((query) => (
            <li key={query}>
              <code class="query">{query}</code>
            </li>
          ))}
          {invalidated > queries.length && (
            <li class="muted">and {count(invalidated - queries.length)} more</li>
          )}
        </ul>
      )}
    </>
  );
}
