import type { Clock } from "./clock.ts";

/** The result of `work`, unless it takes longer than `milliseconds`: then `onLate` decides (it may throw). */
export function within<T, L>(
  clock: Clock,
  milliseconds: number,
  work: Promise<T>,
  onLate: () => L,
): Promise<T | L> {
  if (milliseconds === Number.POSITIVE_INFINITY) return work;
  return new Promise<T | L>((resolve, reject) => {
    const cancel = ringAfter(clock, milliseconds, () => {
      try {
        resolve(onLate());
      } catch (error) {
        reject(error);
      }
    });
    work.then(
      (result) => {
        cancel();
        resolve(result);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

function ringAfter(clock: Clock, milliseconds: number, ring: () => void): () => void {
  if (clock.after !== undefined) return clock.after(milliseconds, ring);
  const alarm = new AbortController();
  void clock.sleep(milliseconds, alarm.signal).then(() => {
    if (!alarm.signal.aborted) ring();
  });
  return () => alarm.abort();
}
