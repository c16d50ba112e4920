import { useCallback } from "preact/hooks";
import type { TableStats } from "../../../src/keeper/protocol/detailed-statistics.ts";
import type { Api } from "../api/api.ts";
import { usePoll } from "../api/poll.ts";
import type { Explained } from "../api/types.ts";
import type { Desktop } from "../desktop.ts";
import { count, duration, share, UNKNOWN } from "../figures/format.ts";
import { readsOf } from "../figures/rates.ts";
import { Bar, Panel } from "../parts/figures.tsx";
import { Empty, Known } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { schemaAndTable } from "./change-payload.ts";
import { caveatInWords, meaningOf } from "./reasons.ts";

interface TableRow extends TableStats {
  readonly relation: string;
  readonly bypassed: number;
  readonly reads: number;
  /** Undefined for all that are not configured. */
  readonly freshnessMs: number | undefined;
  readonly isPublic: boolean;
}

const NOTHING: TableStats = {
  ...{ hits: 0, stale: 0, misses: 0, signedInHits: 0, errors: 0, originRequests: 0, invalidations: 0 },
  ...{ bypasses: {}, outcomes: {} },
};

export function TablesView({ api, stats, config }: Desktop) {
  return (
    <Known of={stats} what="the tables">
      {({ tables = {}, audiences }) => {
        // A gateway before this one tells nothing of functions.
        const configured = { ...config.value?.functions, ...config.value?.tables };
        const names = new Set([...Object.keys(configured), ...Object.keys(tables)]);
        if (names.size === 0)
          return <Empty>No table is configured, or this keeper does not count by table.</Empty>;
        const rows = [...names].map((relation): TableRow => {
          const counted = tables[relation] ?? NOTHING;
          const bypassed = Object.values(counted.bypasses).reduce((sum, each) => sum + each, 0);
          return {
            ...counted,
            ...{ relation, bypassed, freshnessMs: configured[relation]?.freshnessMs },
            reads: readsOf({ ...counted, bypasses: bypassed }),
            isPublic: configured[relation]?.audience === "public",
          };
        });
        return (
          <Panel
            title="Reads by table"
            note={`${count(audiences.identities)} tokens known, ${count(audiences.personalKeys)} queries that depend on a person's claims`}
          >
            <Table
              caption="Reads by table"
              rows={rows}
              keyOf={({ relation }) => relation}
              sorted="Reads"
              details={(row) => <Details api={api} row={row} schema={config.value?.defaultSchema} />}
              columns={[
                {
                  name: "Table",
                  cell: ({ relation }) => (relation === "other" ? "all that are not configured" : relation),
                  sortBy: ({ relation }) => relation,
                },
                ...figures([
                  ["Reads", ({ reads }) => reads],
                  ["Hits", ({ hits, stale }) => hits + stale],
                ]),
                {
                  name: "Hit ratio",
                  isFigure: true,
                  cell: ({ hits, stale, reads }) => (
                    <span class="share">
                      <Bar part={hits + stale} whole={reads} colour="hit" />
                      <b>{share(hits + stale, reads)}</b>
                    </span>
                  ),
                  sortBy: ({ hits, stale, reads }) => (reads === 0 ? 0 : (hits + stale) / reads),
                },
                ...figures([
                  ["Misses", ({ misses }) => misses],
                  ["Bypasses", ({ bypassed }) => bypassed],
                  ["Errors", ({ errors }) => errors],
                  ["To the database", ({ originRequests }) => originRequests],
                  ["Invalidations", ({ invalidations }) => invalidations],
                ]),
                {
                  name: "Bound",
                  isFigure: true,
                  cell: ({ freshnessMs }) => (freshnessMs === undefined ? UNKNOWN : duration(freshnessMs)),
                  sortBy: ({ freshnessMs = 0 }) => freshnessMs,
                },
              ]}
            />
          </Panel>
        );
      }}
    </Known>
  );
}

function figures(columns: readonly (readonly [name: string, of: (row: TableRow) => number])[]) {
  return columns.map(([name, of]) => ({
    ...{ name, isFigure: true, sortBy: of },
    cell: (row: TableRow) => count(of(row)),
  }));
}

interface DetailsProps {
  readonly api: Api;
  readonly row: TableRow;
  readonly schema: string | undefined;
}

function Details({ api, row, schema }: DetailsProps) {
  const reasons = Object.entries(row.bypasses).toSorted(([, a], [, b]) => b - a);
  return (
    <div class="columns">
      <div>
        <h3>Bypasses by reason</h3>
        {reasons.length === 0 ? (
          <p class="muted">None.</p>
        ) : (
          <ul class="reasons">
            {reasons.map(([reason, times]) => (
              <li key={reason}>
                <b class="number">{count(times)}</b> <code>{reason}</code>{" "}
                <span class="muted">{meaningOf(reason)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      {row.freshnessMs !== undefined && (
        <div>
          <h3>Audiences and caveats</h3>
          <Shared api={api} row={row} schema={schema} />
        </div>
      )}
    </div>
  );
}

/** What the keeper says of a read of all of the table. Reads that embed other tables may depend on more. */
function Shared({ api, row: { relation, isPublic, signedInHits }, schema = "public" }: DetailsProps) {
  const load = useCallback(() => {
    const [profile, table] = schemaAndTable(relation, schema);
    const query = `/rest/v1/${encodeURIComponent(table)}?select=*`;
    return api.post<Explained>("explain", {
      query,
      ...(profile !== schema && { headers: { "accept-profile": profile } }),
    });
  }, [api, relation, schema]);
  const explained = usePoll(load, { everyMs: null });
  if (explained.error) return <p class="bad">{explained.error.message}</p>;
  return (
    <Known of={explained} what="what it depends on">
      {({ kind, caveats = [], relations = [], because }) => (
        <ul class="reasons">
          <li>
            {isPublic
              ? "Public: those who sign in get what everybody gets."
              : `${count(signedInHits)} hits by readers who sign in. Queries lists who shares each answer.`}
          </li>
          {kind === "bypass" && <li class="warn">Not cached: {because}.</li>}
          {relations.length > 1 && <li>Depends on {relations.join(", ")}.</li>}
          {caveats.map((caveat) => (
            <li key={caveat.culprit} class="warn">
              Proven by age only, because {caveatInWords(caveat)}.
            </li>
          ))}
          {kind === "read" && caveats.length === 0 && (
            <li>A read of the whole table has no caveat: it is proven by its changes.</li>
          )}
        </ul>
      )}
    </Known>
  );
}
