import { atMost, neverOlder, type Verdict } from "../../harness/verdicts.ts";
import { clairvoyantOf, isTidemark, type LaneFigures } from "../workload/lane.ts";

/** Of issue 14. */
const MOST_OF_CLAIRVOYANT = 1.2;

export function verdictsOn(lanes: readonly LaneFigures[]): readonly Verdict[] {
  const own = lanes.filter(isTidemark);
  const bound = neverOlder("tidemark's answers older than their bound", own);
  const clairvoyant = clairvoyantOf(lanes);
  if (clairvoyant === undefined) return [bound];
  const requests = own.map(({ policy, counts: { originRequests } }) =>
    atMost(
      MOST_OF_CLAIRVOYANT,
      `${policy}: origin requests ÷ the clairvoyant's`,
      originRequests,
      clairvoyant,
    ),
  );
  return [bound, ...requests];
}
