import type { Desktop } from "../desktop.ts";
import { count, dayAndTime, rate, share } from "../figures/format.ts";
import { quantileInWords } from "../figures/histogram.ts";
import { OUTCOMES, type Outcome, perSecond, readsOf } from "../figures/rates.ts";
import { Distribution } from "../parts/distribution.tsx";
import { Bar, Figure, Figures, Panel } from "../parts/figures.tsx";
import { Known } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { Budget } from "./budget.tsx";
import { Costs } from "./costs.tsx";
import { HistoryPanel } from "./history.tsx";
import { boundsInWords, Oldest } from "./oldest.tsx";
import { Sources } from "./sources.tsx";

const OUTCOME_NAMES: Readonly<Record<Outcome, readonly [name: string, colour: string, meaning: string]>> = {
  hits: ["Hits", "hit", "from the cache, with proof"],
  stale: ["Stale", "stale", "refused by the fence, and still inside the bound; refilled behind"],
  misses: ["Misses", "miss", "filled from the database for the next reader"],
  bypasses: ["Bypasses", "bypass", "by the database without the cache, for a named reason"],
  errors: ["Errors", "error", "the database did not answer"],
};

export function NowView({ api, stats, samples, config, isPaused }: Desktop) {
  return (
    <Known of={stats} what="the counters">
      {(known) => {
        const reads = readsOf(known);
        const bounds = Object.values(config.value?.tables ?? {}).map(({ freshnessMs }) => freshnessMs);
        const perRead = OUTCOMES.map((outcome) => perSecond(samples, outcome));
        const all = perRead.every((each) => each !== undefined)
          ? perRead.reduce((a, b) => a + b, 0)
          : undefined;
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
                  { name: "Share", isFigure: true, cell: (outcome) => share(known[outcome], reads) },
                  {
                    name: "Meaning",
                    cell: (outcome) => (
                      <span class="share">
                        <Bar part={reads === 0 ? 0 : known[outcome] / reads} of={OUTCOME_NAMES[outcome][1]} />
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
              <Costs stats={known} />
            </div>
          </>
        );
      }}
    </Known>
  );
}
