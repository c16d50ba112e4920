/**
 * Calls `act` each time that something is due, for a number of milliseconds. It is an open loop: it does not
 * wait for what it has started. Calls that were due while the process was held up are made at once, with their intended times.
 *
 * @param gap milliseconds until the next one
 * @param act called with the intended time, by `performance.now()`
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
