import type { Clock } from "../../src/runtime/clock.ts";
import { clockOf } from "../../testing/time/scope.ts";
import { NOON } from "../../testing/time/timeline.ts";
import { here } from "./scope.ts";

export type { Clock };

/**
 * Stands in for `src/runtime/clock.ts`: the clock of the caller's machine. It shows whole milliseconds
 * and stands still while code runs.
 */
export const systemClock: Clock = clockOf(() => {
  const { timeline, machine } = here();
  return machine.show(EPOCH + timeline.now);
}, here);

/** True time 0. */
export const EPOCH = NOON;
