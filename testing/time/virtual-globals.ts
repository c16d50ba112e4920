import type { Timeline } from "./timeline.ts";

/**
 * Gives this process the timeline's time: the libraries that are compared ask `Date.now`, `performance.now` and
 * `setTimeout`, and take no clock. Nothing in this process may need real timers meanwhile; the database is a process
 * of its own for that reason, too.
 */
export async function inVirtualTime<T>(timeline: Timeline, work: () => Promise<T>): Promise<T> {
  const real = {
    dateNow: Date.now,
    performanceNow: performance.now,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  const begun = timeline.now;
  const timers = new Map<number, () => void>();
  let last = 0;
  Date.now = () => Math.floor(timeline.now);
  performance.now = () => timeline.now - begun;
  const virtualTimeout = (ring: (...values: unknown[]) => void, milliseconds = 0, ...values: unknown[]) => {
    const id = ++last;
    const cancel = timeline.at(timeline.now + milliseconds, () => {
      timers.delete(id);
      ring(...values);
    });
    timers.set(id, cancel);
    return Object.assign(Object(id) as object, {
      ref: () => {},
      unref: () => {},
      hasRef: () => true,
      [Symbol.toPrimitive]: () => id,
    });
  };
  globalThis.setTimeout = virtualTimeout as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: unknown) => {
    const id = Number(timer);
    timers.get(id)?.();
    timers.delete(id);
  }) as typeof clearTimeout;
  try {
    return await work();
  } finally {
    Date.now = real.dateNow;
    performance.now = real.performanceNow;
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
  }
}
