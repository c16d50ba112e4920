import type { Desktop } from "../desktop.ts";
import { count, dayAndTime, rate, share } from "../figures/format.ts";
import { quantileInWords } from "../figures/histogram.ts";
import { OUTCOMES, perSecond, readsOf } from "../figures/rates.ts";
import { Distribution } from "../parts/distribution.tsx";
import { Bar, Figure, Figures, Panel } from "../parts/figures.tsx";
import { Known } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { Budget } from "./budget.tsx";
import { Costs } from "./costs.tsx";
import { HistoryPanel } from "./history.tsx";
import { boundsInWords, Oldest } from "./oldest.tsx";
import { ANSWERED_AS, OUTCOME_NAMES } from "./outcomes.ts";
import { Sources } from "./sources.tsx";

export function NowView({ api, stats, samples, config, isPaused }: Desktop) {
  return (
    <Known of={stats} what="the counters">
      {(known) => {
        const reads = readsOf(known);
        const bounds = Object.values(config.value?.tables ?? {}).map(
          ({ freshnessMs, staleWhileRevalidateMs = 0 }) => freshnessMs + staleWhileRevalidateMs,
        );
        const all = perSecond(samples, ...OUTCOMES);
        const saved = Math.max(0, reads - known.originRequests);
        return (
          <>
            <Figures label="Now">
              <Figure
                label="Reads a second"
                value={rate(all)}
                note={all === undefined ? "measuring …" : "in the last minute"}
              />
              <Figure
                label="Hit ratio"
                value={share(known.hits + known.stale, reads)}
                note={`${count(known.hits + known.stale)} of ${count(reads)} reads`}
              />
              <Figure
                label="Database requests saved"
                value={share(saved, reads)}
                note={`${count(known.originRequests)} instead of ${count(reads)}`}
              />
              <Figure
                label="Readers waited, p99"
                value={quantileInWords(known.waits, 0.99)}
                note={`p50 ${quantileInWords(known.waits, 0.5)}`}
              />
              <Figure
                label="Commit → visible, p99"
                value={quantileInWords(known.lags.learned, 0.99)}
                note={`p50 ${quantileInWords(known.lags.learned, 0.5)}`}
              />
              <Oldest ages={known.proofAges} bounds={bounds} details={known.details} />
            </Figures>

            <Panel title="Reads by outcome" note={`Since ${dayAndTime(known.since)}`}>
              <Table
                caption="Reads by outcome"
                rows={OUTCOMES}
                keyOf={(outcome) => outcome}
                columns={[
                  {
                    name: "Outcome",
                    cell: (outcome) => (
                      <>
                        <i class={`dot ${OUTCOME_NAMES[outcome][1]}`} aria-hidden="true" />
                        {OUTCOME_NAMES[outcome][0]}
                      </>
                    ),
                  },
                  {
                    name: "A second",
                    isFigure: true,
                    cell: (outcome) => rate(perSecond(samples, outcome)),
                  },
                  { name: "Reads", isFigure: true, cell: (outcome) => count(known[outcome]) },
                  {
                    name: "Waited, p99",
                    isFigure: true,
                    cell: (outcome) => quantileInWords(known.waitsBy?.[ANSWERED_AS[outcome]], 0.99),
                  },
                  { name: "Share", isFigure: true, cell: (outcome) => share(known[outcome], reads) },
                  {
                    name: "Meaning",
                    cell: (outcome) => (
                      <span class="share">
                        <Bar part={known[outcome]} whole={reads} colour={OUTCOME_NAMES[outcome][1]} />
                        <span class="muted">{OUTCOME_NAMES[outcome][2]}</span>
                      </span>
                    ),
                  },
                ]}
              />
            </Panel>

            <Panel title="How long it takes">
              <div class="distributions">
                <Distribution
                  title="Readers waited"
                  note="for the head of an answer, bypasses included"
                  histogram={known.waits}
                />
                <Distribution
                  title="Commit → pulled"
                  note="from a change's statement to the keeper"
                  histogram={known.lags.pulled}
                />
                <Distribution
                  title="Commit → visible"
                  note="from a change's statement to each isolate"
                  histogram={known.lags.learned}
                />
                <Distribution
                  title="Age of answers"
                  note={`of cached ones' proofs; ${boundsInWords(bounds)}`}
                  histogram={known.proofAges}
                />
              </div>
              {!known.proven && (
                <p class="muted">
                  Changes come as webhooks, so that nobody knows when they were committed: ages count from
                  their arrival.
                </p>
              )}
            </Panel>

            <HistoryPanel api={api} isPaused={isPaused} />

            <div class="pair">
              <div class="stack">
                <Panel title="KV writes today">
                  <Budget budget={known.kvBudget} owed={known.owedKvWrites} />
                </Panel>
                <Sources details={known.details} />
              </div>
              <Costs stats={known} at={stats.at} />
            </div>
          </>
        );
      }}
    </Known>
  );
}
