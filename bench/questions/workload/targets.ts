import { percent } from "../../harness/table.ts";
import { atMost, neverOlder, type Verdict } from "../../harness/verdicts.ts";
import { clairvoyantOf, isTidemark, type LaneFigures } from "./lane.ts";
import type { ScenarioFigures } from "./scenario.ts";

/** Targets of the issue *Benchmarks that could embarrass us*. */
const MOST_OF_CLAIRVOYANT = 1.2;
const MOST_OF_TABLE_TAGS = 1 / 5;
const LEAST_P99_GAIN = 10;
const FAR_MS = 150;

export function verdictsOn(scenarios: readonly ScenarioFigures[]): readonly Verdict[] {
  const own = scenarios.flatMap(({ lanes }) => lanes).filter(isTidemark);
  return [
    neverOlder("tidemark's answers older than their bound", own),
    ...scenarios.flatMap((scenario) => [...ofOrigin(scenario), ...ofP99(scenario)]),
  ];
}

function ofOrigin({ workload, writeShare, lanes }: ScenarioFigures): readonly Verdict[] {
  return lanes.filter(isTidemark).flatMap((lane) => {
    const same = lanes.filter(({ originMs }) => originMs === lane.originMs);
    const name = `${workload}, ${percent(writeShare)} writes, ${lane.originMs} ms, ${lane.policy}`;
    const { originRequests } = lane.counts;
    const verdicts = [...besideClairvoyant(MOST_OF_CLAIRVOYANT, name, lane, same)];
    const tags = same.find(({ policy }) => policy === "table-level tags")?.counts.originRequests;
    // At another bound the two would also differ by the bound.
    if (tags !== undefined && workload === "counters" && lane.policy === "tidemark 10 s") {
      const what = `${name}: origin requests ÷ table-level tags'`;
      verdicts.push(atMost(MOST_OF_TABLE_TAGS, what, originRequests, tags));
    }
    return verdicts;
  });
}

/** The lane's origin requests beside the clairvoyant's. None: that is not among the others. */
export function besideClairvoyant(
  times: number,
  name: string,
  { counts: { originRequests } }: LaneFigures,
  others: readonly LaneFigures[],
): readonly Verdict[] {
  const clairvoyant = clairvoyantOf(others);
  if (clairvoyant === undefined) return [];
  return [atMost(times, `${name}: origin requests ÷ the clairvoyant's`, originRequests, clairvoyant)];
}

/** That all of ours keep their bounds on one trace, and how often they ask the origin. */
export function verdictsOnTrace(
  times: number,
  bound: string,
  lanes: readonly LaneFigures[],
): readonly Verdict[] {
  const own = lanes.filter(isTidemark);
  return [
    neverOlder(bound, own),
    ...own.flatMap((lane) => besideClairvoyant(times, lane.policy, lane, lanes)),
  ];
}

function ofP99({ workload, writeShare, lanes }: ScenarioFigures): readonly Verdict[] {
  const far = lanes.filter(({ originMs }) => originMs === FAR_MS);
  const without = far.find(({ policy }) => policy === "no cache");
  const limit = far.find(({ policy }) => policy === "clairvoyant");
  if (without === undefined) return [];
  return far.filter(isTidemark).map((lane) => ({
    what: `${workload}, ${percent(writeShare)} writes, ${FAR_MS} ms, ${lane.policy}: no cache's p99 ÷ its own`,
    figure: `${ratio(without.p99Ms, lane.p99Ms)} (clairvoyant ${ratio(without.p99Ms, limit?.p99Ms ?? Number.NaN)})`,
    target: `≥ ${LEAST_P99_GAIN}`,
    met: without.p99Ms >= LEAST_P99_GAIN * lane.p99Ms,
  }));
}

function ratio(value: number, of: number): string {
  return (value / of).toFixed(2);
}
