import { percent } from "../../../harness/table.ts";
import { neverOlder, type Verdict } from "../../../harness/verdicts.ts";
import { isTidemark, type LaneFigures } from "../lane.ts";
import type { ScenarioFigures } from "../scenario.ts";
import { besideClairvoyant } from "../targets.ts";
import { placesOf } from "./places.ts";

/** Targets of the issue *The world*. */
const LEAST_P99_GAIN = 8;
const MOST_OF_CLAIRVOYANT = { lazy: 1.1, eager: 1.3 };

const isLazy = ({ policy }: LaneFigures) => policy.includes("no refills");

export function verdictsOn(scenarios: readonly ScenarioFigures[]): readonly Verdict[] {
  const own = scenarios.flatMap(({ lanes }) => lanes).filter(isTidemark);
  return [
    neverOlder("answers older than their bound", own),
    ...scenarios.flatMap((scenario) =>
      scenario.lanes.filter(isTidemark).flatMap((lane) => {
        const others = scenario.lanes.filter((other) => placesOf(other) === placesOf(lane));
        const name = `${scenario.workload}, ${percent(scenario.writeShare)}, ${placesOf(lane)}, ${lane.policy}`;
        return [...ofWaits(name, lane, others), ...ofOrigin(name, lane, others)];
      }),
    ),
  ];
}

/** Everybody is far: how much less the slowest hundredth waits. Somebody is near: that nobody waits longer. */
function ofWaits(name: string, lane: LaneFigures, others: readonly LaneFigures[]): readonly Verdict[] {
  const without = others.find(({ policy }) => policy === "no cache");
  const limit = others.find(({ policy }) => policy === "clairvoyant");
  if (without === undefined) return [];
  const gains = lane.places.map(({ p99Ms }, place) => (without.places[place]?.p99Ms ?? 0) / p99Ms);
  const isFar = lane.places.every(({ originMs }) => originMs === lane.originMs);
  const least = isFar && !isLazy(lane) ? LEAST_P99_GAIN : 1;
  const worst = Math.min(...gains);
  const clairvoyant = limit ? without.p99Ms / limit.p99Ms : Number.NaN;
  return [
    {
      what: `${name}: no cache's p99 ÷ its own`,
      figure: `${gains.map((gain) => gain.toFixed(2)).join(" · ")} (clairvoyant ${clairvoyant.toFixed(2)})`,
      target: `≥ ${least} in each`,
      met: worst >= least,
    },
  ];
}

function ofOrigin(name: string, lane: LaneFigures, others: readonly LaneFigures[]): readonly Verdict[] {
  const most = isLazy(lane) ? MOST_OF_CLAIRVOYANT.lazy : MOST_OF_CLAIRVOYANT.eager;
  return besideClairvoyant(most, name, lane, others);
}
