/**
 * Calls `act` each time that something comes due, for so many milliseconds: an open loop, which does not wait for what it
 * has started. What comes due while the process was held up is started at once, and is told when it should have been.
 *
 * @param gap milliseconds until the next one
 * @param act told the intended time, by `performance.now()`
 */
export function whenDue(forMs: number, gap: () => number, act: (intended: number) => void): Promise<void> {
  const end = performance.now() + forMs;
  let next = performance.now() + gap();
  return new Promise((resolve) => {
    const turn = () => {
      const now = performance.now();
      while (next <= now && next < end) {
        act(next);
        next += gap();
      }
      if (next >= end) setTimeout(resolve, Math.max(0, end - performance.now()));
      else setTimeout(turn, Math.max(0, next - performance.now()));
    };
    turn();
  });
}
