import { type DeployedMirrors, mirrorState, type SeenMirrors } from "../../gateway/mirrors/mirror-state.ts";
import { type Check, ok, warning } from "../check/check.ts";

/** Whether mirrors do what they are for, would pay, or are too few. */
export function mirrorCheck(deployed: DeployedMirrors, seen: SeenMirrors): Check {
  const { state, says, fix } = mirrorState(deployed, seen);
  return state === "well" ? ok("mirrors", says) : warning("mirrors", says, fix ?? "");
}
