import type { Verdict } from "../../harness/verdicts.ts";
import type { LaneFigures } from "../workload/lane.ts";
import { verdictsOnTrace } from "../workload/targets.ts";

/** Of issue 14. */
const MOST_OF_CLAIRVOYANT = 1.2;

export function verdictsOn(lanes: readonly LaneFigures[]): readonly Verdict[] {
  return verdictsOnTrace(MOST_OF_CLAIRVOYANT, "tidemark's answers older than their bound", lanes);
}
