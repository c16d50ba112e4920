import { useCallback, useMemo, useState } from "preact/hooks";
import {
  HISTORY_COUNTERS,
  type History,
  type HistoryCounter,
  type HistorySpan,
} from "../../../src/keeper/protocol/history.ts";
import type { Api } from "../api/api.ts";
import { usePoll } from "../api/poll.ts";
import { duration, short } from "../figures/format.ts";
import { OUTCOMES } from "../figures/rates.ts";
import { seriesOf } from "../figures/series.ts";
import { Chart, type Line } from "../parts/chart.tsx";
import { Panel } from "../parts/figures.tsx";
import { Empty, Loading } from "../parts/states.tsx";
import { OUTCOME_NAMES } from "./outcomes.ts";

const EVERY_MS = 60_000;

const SPANS: Readonly<Record<HistorySpan, readonly [name: string, step: string]>> = {
  day: ["A day", "a minute"],
  month: ["A month", "an hour"],
};

type Drawn<Of = string> = readonly (readonly [line: Of, name: string, colour: string])[];

const READS: Drawn<HistoryCounter> = OUTCOMES.map((outcome) => {
  const [name, colour] = OUTCOME_NAMES[outcome];
  return [outcome, name, colour];
});
const DATABASE: Drawn<HistoryCounter> = [
  ["originRequests", "Database requests", "origin"],
  ["changes", "Changes", "stale"],
  ["invalidations", "Invalidations", "miss"],
];
const WAITS: Drawn = [
  ["waits 50", "p50", "hit"],
  ["waits 99", "p99", "miss"],
];
const LAGS: Drawn = [
  ["lags 50", "p50", "hit"],
  ["lags 99", "p99", "miss"],
];

export function HistoryPanel({ api, isPaused }: { readonly api: Api; readonly isPaused: boolean }) {
  const [span, setSpan] = useState<HistorySpan>("day");
  const load = useCallback(
    () => api.get<History>("history", { span }).then((history) => ({ ...history, span })),
    [api, span],
  );
  const { value, error, at } = usePoll(load, { everyMs: EVERY_MS, isPaused });
  const known = value?.span === span ? value : undefined;
  return (
    <Panel
      title="History"
      actions={
        <fieldset class="switch">
          <legend class="hidden">Span</legend>
          {(Object.keys(SPANS) as HistorySpan[]).map((each) => (
            <label key={each}>
              <input type="radio" name="span" checked={each === span} onChange={() => setSpan(each)} />
              <span>{SPANS[each][0]}</span>
            </label>
          ))}
        </fieldset>
      }
    >
      {known !== undefined ? (
        <Charts history={known} step={SPANS[span][1]} now={at} />
      ) : error === undefined ? (
        <Loading what="the history" />
      ) : (
        <Empty>There is no history: {error.message}</Empty>
      )}
    </Panel>
  );
}

interface ChartsProps {
  readonly history: History;
  readonly step: string;
  readonly now: number;
}

function Charts({ history, step, now }: ChartsProps) {
  const series = useMemo(() => seriesOf(history, HISTORY_COUNTERS, now), [history, now]);
  const drawn = useMemo(() => {
    const of = (chosen: Drawn): Line[] =>
      chosen.map(([line, name, colour]) => ({
        ...{ name, colour },
        values: series.lines[line] ?? [],
      }));
    return { reads: of(READS), database: of(DATABASE), waits: of(WAITS), lags: of(LAGS) };
  }, [series]);
  if (series.times.length === 0)
    return <Empty>No whole minute yet in which something happened: others have no row.</Empty>;
  const { times } = series;
  return (
    <div class="charts">
      <Chart title={`Reads ${step}`} times={times} lines={drawn.reads} format={short} />
      <Chart title={`Database ${step}`} times={times} lines={drawn.database} format={short} />
      <Chart
        title="How long readers waited"
        times={times}
        lines={drawn.waits}
        format={duration}
        isLogarithmic
      />
      <Chart title="Commit → visible" times={times} lines={drawn.lags} format={duration} isLogarithmic />
    </div>
  );
}
