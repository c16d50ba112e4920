/** A wall clock that jumped ahead is believed for so much of it. */
const LONGEST_STEP_MS = 10_000;

/**
 * Milliseconds that have passed, never too many: what lasts "for a minute" may last longer, never shorter. Only old
 * platforms have no `performance`; there the wall clock is read, which people and time servers set.
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
