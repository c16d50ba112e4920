/** How much of a jump ahead of the wall clock counts. */
const LONGEST_STEP_MS = 10_000;

/**
 * Returns a clock of elapsed milliseconds. It never runs fast, so what lasts "a minute" may last longer but never
 * shorter. Old platforms have no `performance`; there it reads the wall clock, which people and time servers set.
 */
export function elapsedTime(): () => number {
  if (typeof performance === "object" && typeof performance.now === "function") {
    return () => performance.now();
  }
  let elapsed = 0;
  let last = Date.now();
  return () => {
    const now = Date.now();
    elapsed += Math.min(Math.max(now - last, 0), LONGEST_STEP_MS);
    last = now;
    return elapsed;
  };
}
