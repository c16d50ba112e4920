import type { Clock } from "./clock.ts";

/**
 * The result of `work`, or of `onLate` if `work` takes longer than `milliseconds`. `onLate` may throw instead.
 * `work` itself is not stopped. With `Infinity` there is no deadline.
 */
export function within<T, L>(
  clock: Clock,
  milliseconds: number,
  work: Promise<T>,
  onLate: () => L,
): Promise<T | L> {
  if (milliseconds === Number.POSITIVE_INFINITY) return work;
  return new Promise<T | L>((resolve, reject) => {
    const cancel = clock.after(milliseconds, () => {
      try {
        resolve(onLate());
      } catch (error) {
        reject(error);
      }
    });
    void work.then(resolve, reject).then(cancel);
  });
}
