import type { LaneFigures } from "../workload/lane.ts";
import type { Verdict } from "../workload/targets.ts";

/** Of issue 14. A missed one is printed as missed. */
const MOST_OF_CLAIRVOYANT = 1.2;

export function verdictsOn(lanes: readonly LaneFigures[]): readonly Verdict[] {
  const own = lanes.filter(({ policy }) => policy.startsWith("tidemark"));
  const clairvoyant = lanes.find(({ policy }) => policy === "clairvoyant")?.counts.originRequests;
  const reads = own.reduce((sum, lane) => sum + lane.reads, 0);
  const older = own.reduce((sum, { olderThanBound }) => sum + olderThanBound, 0);
  const bound: Verdict = {
    what: "tidemark's answers older than their bound",
    figure: `${older} of ${reads}`,
    target: "0",
    met: older === 0,
  };
  if (clairvoyant === undefined) return [bound];
  const requests = own.map(({ policy, counts: { originRequests } }): Verdict => {
    const ratio = originRequests / clairvoyant;
    return {
      what: `${policy}: origin requests ÷ the clairvoyant's`,
      figure: `${originRequests} ÷ ${clairvoyant} = ${ratio.toFixed(2)}`,
      target: `≤ ${MOST_OF_CLAIRVOYANT}`,
      met: ratio <= MOST_OF_CLAIRVOYANT,
    };
  });
  return [bound, ...requests];
}
